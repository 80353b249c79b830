CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`weight` real NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT "tenants_weight" CHECK(weight > 0 AND weight <= 1000000)
) STRICT;
--> statement-breakpoint
CREATE TABLE `turns` (
	`tenant` text PRIMARY KEY NOT NULL,
	`served_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `turns_by_time` ON `turns` (`served_at`);--> statement-breakpoint
DROP INDEX `jobs_waiting`;--> statement-breakpoint
CREATE INDEX `jobs_waiting` ON `jobs` (`tenant`,`created_at`,`id`,`run_at`,`model`) WHERE state = 'QUEUED';--> statement-breakpoint
DROP INDEX `submissions_by_time`;--> statement-breakpoint
DROP INDEX `submissions_by_end`;--> statement-breakpoint
CREATE INDEX `submissions_by_time` ON `submissions` (`counted_at`,`ended_at`,`tenant`);--> statement-breakpoint
CREATE INDEX `submissions_by_end` ON `submissions` (`ended_at`,`tenant`);
