CREATE TABLE `usage` (
	`tenant` text NOT NULL,
	`kind` text NOT NULL,
	`since` integer NOT NULL,
	`times` integer NOT NULL,
	PRIMARY KEY(`tenant`, `kind`),
	CONSTRAINT "usage_kind" CHECK(kind IN ('creation'))
) STRICT;
--> statement-breakpoint
ALTER TABLE `tenants` ADD `requests_per_second` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `cost_per_minute` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `creations_per_minute` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `waiting_jobs` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `running_jobs` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `streams` integer;--> statement-breakpoint
CREATE TRIGGER `audit_is_new` BEFORE INSERT ON `audit` WHEN EXISTS (SELECT 1 FROM `audit` WHERE `sequence` = NEW.`sequence`) BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;