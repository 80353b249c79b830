CREATE TABLE `access_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`hash` text NOT NULL,
	`hint` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	CONSTRAINT "access_keys_scopes" CHECK(json_valid(scopes) AND json_type(scopes) = 'array')
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `access_keys_by_hash` ON `access_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `access_keys_by_tenant` ON `access_keys` (`tenant`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`tenant` text NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`target` text,
	`address` text,
	`result` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_by_tenant` ON `audit` (`tenant`,`sequence`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `tickets` (
	`hash` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`kind` text NOT NULL,
	`viewer_id` text NOT NULL,
	`name` text NOT NULL,
	`job_ids` text,
	`expires_at` integer NOT NULL,
	`ends_at` integer,
	CONSTRAINT "tickets_job_ids" CHECK(json_valid(job_ids) AND json_type(job_ids) = 'array')
) STRICT;
--> statement-breakpoint
CREATE INDEX `tickets_by_time` ON `tickets` (`expires_at`);--> statement-breakpoint
CREATE TRIGGER `audit_stays` BEFORE UPDATE ON `audit` BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;--> statement-breakpoint
CREATE TRIGGER `audit_is_kept` BEFORE DELETE ON `audit` BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;