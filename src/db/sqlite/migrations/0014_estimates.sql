CREATE TABLE `durations` (
	`kind` text NOT NULL,
	`slot` integer NOT NULL,
	`ms` real NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`kind`, `slot`)
) STRICT;
--> statement-breakpoint
ALTER TABLE `jobs` ADD `estimate` text;