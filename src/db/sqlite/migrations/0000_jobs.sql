CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`state` text NOT NULL,
	`model` text NOT NULL,
	`prompt` text NOT NULL,
	`input` text NOT NULL,
	`seed_drawn` integer NOT NULL,
	`retry_of` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`submitted_at` integer,
	`finished_at` integer,
	`deadline_at` integer,
	`prediction_id` text,
	`vendor_status` text,
	`outputs` text NOT NULL,
	`inference_ms` integer,
	`error` text,
	`run_at` integer NOT NULL,
	`lease_owner` text,
	`lease_until` integer
);
--> statement-breakpoint
CREATE INDEX `jobs_by_creation` ON `jobs` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_update` ON `jobs` (`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_model` ON `jobs` (`model`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_submission` ON `jobs` (`submitted_at`);--> statement-breakpoint
CREATE INDEX `jobs_by_retry` ON `jobs` (`retry_of`) WHERE retry_of IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_prediction` ON `jobs` (`prediction_id`) WHERE prediction_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `timeline` (
	`job_id` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`message` text NOT NULL,
	PRIMARY KEY(`job_id`, `version`),
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade
);
