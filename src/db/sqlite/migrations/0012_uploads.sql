CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`url` text NOT NULL,
	`filename` text NOT NULL,
	`content_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`kept` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `uploads_by_tenant` ON `uploads` (`tenant`,`id`);--> statement-breakpoint
CREATE INDEX `uploads_by_hash` ON `uploads` (`tenant`,`hash`,`expires_at`);--> statement-breakpoint
CREATE INDEX `uploads_by_url` ON `uploads` (`tenant`,`url`,`id`);--> statement-breakpoint
CREATE TABLE `__new_usage` (
	`tenant` text NOT NULL,
	`kind` text NOT NULL,
	`since` integer NOT NULL,
	`times` integer NOT NULL,
	PRIMARY KEY(`tenant`, `kind`),
	CONSTRAINT "usage_kind" CHECK(kind IN ('creation', 'upload'))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_usage`("tenant", "kind", "since", "times") SELECT "tenant", "kind", "since", "times" FROM `usage`;--> statement-breakpoint
DROP TABLE `usage`;--> statement-breakpoint
ALTER TABLE `__new_usage` RENAME TO `usage`;--> statement-breakpoint
ALTER TABLE `tenants` ADD `uploads_per_day` integer;