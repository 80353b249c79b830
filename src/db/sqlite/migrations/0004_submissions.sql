CREATE TABLE `submissions` (
	`job_id` text PRIMARY KEY NOT NULL,
	`attempt` integer NOT NULL,
	`begun_at` integer NOT NULL,
	`sent_at` integer,
	`counted_at` integer NOT NULL,
	`prediction_id` text,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `submissions_by_time` ON `submissions` (`counted_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_end` ON `submissions` (`ended_at`);--> statement-breakpoint
CREATE INDEX `submissions_by_prediction` ON `submissions` (`prediction_id`) WHERE prediction_id IS NOT NULL;--> statement-breakpoint
DROP INDEX `jobs_by_submission`;--> statement-breakpoint
-- What the vendor may still be working on, and what counts in its minute.
INSERT INTO `submissions` (job_id, attempt, begun_at, sent_at, counted_at, prediction_id, ended_at)
SELECT id, version, submitted_at, submitted_at, submitted_at, prediction_id,
	CASE WHEN state IN ('SUBMITTING', 'CREATED', 'PROCESSING') OR (state = 'CANCELED' AND updated_at > CAST(strftime('%s', 'now') AS integer) * 1000 - 3600000)
		THEN NULL ELSE updated_at END
FROM `jobs` WHERE submitted_at IS NOT NULL
	AND (state IN ('SUBMITTING', 'CREATED', 'PROCESSING') OR updated_at > CAST(strftime('%s', 'now') AS integer) * 1000 - 86400000);
