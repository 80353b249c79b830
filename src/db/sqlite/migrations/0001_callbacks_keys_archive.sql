ALTER TABLE `jobs` ADD `idempotency_key` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `callback_token` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `archived` text;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_idempotency_key` ON `jobs` (`idempotency_key`) WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_to_archive` ON `jobs` (`finished_at`) WHERE state = 'COMPLETED' AND archived IS NULL;