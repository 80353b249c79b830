CREATE TABLE `due` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`owner` text,
	PRIMARY KEY(`id`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `due_by_time` ON `due` (`kind`,`at`);--> statement-breakpoint
ALTER TABLE `jobs` DROP COLUMN `lease_owner`;--> statement-breakpoint
ALTER TABLE `jobs` DROP COLUMN `lease_until`;