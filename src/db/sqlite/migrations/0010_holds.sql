CREATE TABLE `holds` (
	`place` text PRIMARY KEY NOT NULL,
	`scope` text NOT NULL,
	`message` text NOT NULL,
	`since` integer NOT NULL,
	`until` integer NOT NULL,
	`refusals` integer NOT NULL,
	`tried_by` text,
	`tried_until` integer
) STRICT;
