CREATE TABLE `changes` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_id` text NOT NULL,
	`tenant` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`message` text NOT NULL,
	CONSTRAINT "changes_state" CHECK(state IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED', 'DELETED'))
) STRICT;
--> statement-breakpoint
INSERT INTO `changes` (`job_id`, `tenant`, `version`, `at`, `state`, `message`)
SELECT `job_id`, 'local', `version`, CAST(round(`at`) AS integer), `state`, `message` FROM `timeline`
WHERE typeof(`version`) = 'integer' AND typeof(`at`) IN ('integer', 'real') AND typeof(`message`) = 'text'
	AND `state` IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')
ORDER BY `at`, `job_id`, `version`;
--> statement-breakpoint
DROP TABLE `timeline`;--> statement-breakpoint
CREATE UNIQUE INDEX `changes_by_version` ON `changes` (`job_id`,`version`);--> statement-breakpoint
CREATE INDEX `changes_of_deletions` ON `changes` (`at`) WHERE state = 'DELETED';--> statement-breakpoint
CREATE TABLE `__new_jobs` (
	`row` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`tenant` text NOT NULL,
	`version` integer NOT NULL,
	`state` text NOT NULL,
	`model` text NOT NULL,
	`input` text NOT NULL,
	`prompt` text NOT NULL,
	`seed_drawn` integer NOT NULL,
	`retry_of` text,
	`idempotency_key` text,
	`callback_token` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`submitted_at` integer,
	`finished_at` integer,
	`deadline_at` integer,
	`prediction_id` text,
	`vendor_status` text,
	`outputs` text NOT NULL,
	`archived` text,
	`inference_ms` real,
	`error` text,
	`run_at` integer NOT NULL,
	CONSTRAINT "jobs_state" CHECK(state IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')),
	CONSTRAINT "jobs_input" CHECK(json_valid(input) AND json_type(input) = 'object'),
	CONSTRAINT "jobs_seed_drawn" CHECK(seed_drawn IN (0, 1)),
	CONSTRAINT "jobs_outputs" CHECK(json_valid(outputs) AND json_type(outputs) = 'array'),
	CONSTRAINT "jobs_archived" CHECK(archived IN ('KEPT', 'LOST')),
	CONSTRAINT "jobs_error" CHECK(json_valid(error) AND json_type(error) = 'object')
) STRICT;
--> statement-breakpoint
-- Rows that somebody broke by hand are put aside: the new table would refuse them.
CREATE TABLE `unreadable_jobs` AS SELECT `rowid` AS `row`, * FROM `jobs` WHERE (
	typeof(`id`) = 'text' AND `id` NOT GLOB '*[^0-9a-z_]*'
	AND typeof(`state`) = 'text'
	AND typeof(`model`) = 'text'
	AND typeof(`input`) = 'text'
	AND typeof(`prompt`) = 'text'
	AND typeof(`outputs`) = 'text'
	AND typeof(`retry_of`) IN ('text', 'null')
	AND typeof(`idempotency_key`) IN ('text', 'null')
	AND typeof(`callback_token`) IN ('text', 'null')
	AND typeof(`prediction_id`) IN ('text', 'null')
	AND typeof(`vendor_status`) IN ('text', 'null')
	AND typeof(`archived`) IN ('text', 'null')
	AND typeof(`error`) IN ('text', 'null')
	AND typeof(`version`) = 'integer'
	AND `seed_drawn` IN (0, 1)
	AND typeof(`created_at`) IN ('integer', 'real')
	AND typeof(`updated_at`) IN ('integer', 'real')
	AND typeof(`run_at`) IN ('integer', 'real')
	AND typeof(`submitted_at`) IN ('integer', 'real', 'null')
	AND typeof(`finished_at`) IN ('integer', 'real', 'null')
	AND typeof(`deadline_at`) IN ('integer', 'real', 'null')
	AND typeof(`inference_ms`) IN ('integer', 'real', 'null')
	AND `state` IN ('QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')
	AND CASE WHEN json_valid(`input`) THEN json_type(`input`) = 'object' END
	AND CASE WHEN json_valid(`outputs`) THEN json_type(`outputs`) = 'array' END
	AND (`error` IS NULL OR `error` = 'null' OR CASE WHEN json_valid(`error`) THEN json_type(`error`) = 'object' END)
	AND (`archived` IS NULL OR `archived` IN ('KEPT', 'LOST'))
) IS NOT TRUE;
--> statement-breakpoint
-- Earlier versions wrote the JSON of null for a job that has not failed.
INSERT INTO `__new_jobs` (`id`, `tenant`, `version`, `state`, `model`, `input`, `prompt`, `seed_drawn`, `retry_of`, `idempotency_key`, `callback_token`, `created_at`, `updated_at`, `submitted_at`, `finished_at`, `deadline_at`, `prediction_id`, `vendor_status`, `outputs`, `archived`, `inference_ms`, `error`, `run_at`)
SELECT `id`, 'local', `version`, `state`, `model`, `input`, `prompt`, `seed_drawn`, `retry_of`, `idempotency_key`, `callback_token`, CAST(round(`created_at`) AS integer), CAST(round(`updated_at`) AS integer), CAST(round(`submitted_at`) AS integer), CAST(round(`finished_at`) AS integer), CAST(round(`deadline_at`) AS integer), `prediction_id`, `vendor_status`, `outputs`, `archived`, `inference_ms`, nullif(`error`, 'null'), CAST(round(`run_at`) AS integer)
FROM `jobs` WHERE `rowid` NOT IN (SELECT `row` FROM `unreadable_jobs`) ORDER BY `created_at`, `id`;
--> statement-breakpoint
DROP TABLE `jobs`;--> statement-breakpoint
ALTER TABLE `__new_jobs` RENAME TO `jobs`;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_id` ON `jobs` (`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_creation` ON `jobs` (`tenant`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_update` ON `jobs` (`tenant`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`tenant`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_state_update` ON `jobs` (`tenant`,`state`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_model` ON `jobs` (`tenant`,`model`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_model_update` ON `jobs` (`tenant`,`model`,`state`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_retry` ON `jobs` (`retry_of`) WHERE retry_of IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_idempotency_key` ON `jobs` (`tenant`,`idempotency_key`) WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_waiting` ON `jobs` (`created_at`,`id`) WHERE state = 'QUEUED';--> statement-breakpoint
CREATE INDEX `jobs_to_archive` ON `jobs` (`finished_at`) WHERE state = 'COMPLETED' AND archived IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_prediction` ON `jobs` (`prediction_id`) WHERE prediction_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `__new_submissions` (
	`job_id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`fingerprint` text NOT NULL,
	`attempt` integer NOT NULL,
	`begun_at` integer NOT NULL,
	`sent_at` integer,
	`counted_at` integer NOT NULL,
	`prediction_id` text,
	`ended_at` integer
) STRICT;
--> statement-breakpoint
-- Of what was sent so far nobody can tell any more whether it is equal to something else.
INSERT INTO `__new_submissions` (`job_id`, `tenant`, `fingerprint`, `attempt`, `begun_at`, `sent_at`, `counted_at`, `prediction_id`, `ended_at`)
SELECT `job_id`, 'local', '', `attempt`, CAST(round(`begun_at`) AS integer), CAST(round(`sent_at`) AS integer), CAST(round(`counted_at`) AS integer), `prediction_id`, CAST(round(`ended_at`) AS integer)
FROM `submissions`;
--> statement-breakpoint
DROP TABLE `submissions`;--> statement-breakpoint
ALTER TABLE `__new_submissions` RENAME TO `submissions`;--> statement-breakpoint
CREATE INDEX `submissions_by_time` ON `submissions` (`counted_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_end` ON `submissions` (`ended_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_prediction` ON `submissions` (`prediction_id`) WHERE prediction_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `submissions_unsettled` ON `submissions` (`fingerprint`) WHERE prediction_id IS NULL;--> statement-breakpoint
CREATE TABLE `__new_due` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`owner` text,
	PRIMARY KEY(`id`, `kind`),
	CONSTRAINT "due_kind" CHECK(kind IN ('poll', 'copy'))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_due`("kind", "id", "at", "owner") SELECT "kind", "id", CAST(round("at") AS integer), "owner" FROM `due`;--> statement-breakpoint
DROP TABLE `due`;--> statement-breakpoint
ALTER TABLE `__new_due` RENAME TO `due`;--> statement-breakpoint
CREATE INDEX `due_by_time` ON `due` (`kind`,`at`);