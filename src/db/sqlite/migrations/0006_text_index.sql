-- Which prompts may contain a text: three characters of it at a time. It keeps no text, only the numbers of rows, and what it
-- finds is compared with the prompt itself. Drizzle knows no virtual tables: this is written by hand.
--
-- A row's number in it begins with its tenant's, so that a search reads no other tenant's part.
CREATE TABLE `searched_tenants` (
	`number` integer PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL UNIQUE
) STRICT;
--> statement-breakpoint
CREATE VIRTUAL TABLE `jobs_text` USING fts5(`prompt`, tokenize = 'trigram', content = '', columnsize = 0, detail = none);
--> statement-breakpoint
INSERT INTO `searched_tenants` (`tenant`) SELECT DISTINCT `tenant` FROM `jobs`;
--> statement-breakpoint
-- As JSON, since the tokenizer reads no further than U+0000.
INSERT INTO `jobs_text` (`rowid`, `prompt`)
SELECT `number` << 40 | `row`, json_quote(`prompt`) FROM `jobs` JOIN `searched_tenants` USING (`tenant`) ORDER BY 1;
--> statement-breakpoint
CREATE TRIGGER `jobs_text_insert` AFTER INSERT ON `jobs` BEGIN
	INSERT INTO `searched_tenants` (`tenant`)
	SELECT new.`tenant` WHERE NOT EXISTS (SELECT 1 FROM `searched_tenants` WHERE `tenant` = new.`tenant`);
	INSERT INTO `jobs_text` (`rowid`, `prompt`)
	SELECT `number` << 40 | new.`row`, json_quote(new.`prompt`) FROM `searched_tenants` WHERE `tenant` = new.`tenant`;
END;
--> statement-breakpoint
CREATE TRIGGER `jobs_text_delete` AFTER DELETE ON `jobs` BEGIN
	INSERT INTO `jobs_text` (`jobs_text`, `rowid`, `prompt`)
	SELECT 'delete', `number` << 40 | old.`row`, json_quote(old.`prompt`) FROM `searched_tenants` WHERE `tenant` = old.`tenant`;
END;
--> statement-breakpoint
-- A job's row is written whole, and its prompt hardly ever changes.
CREATE TRIGGER `jobs_text_update` AFTER UPDATE OF `row`, `tenant`, `prompt` ON `jobs`
WHEN old.`prompt` IS NOT new.`prompt` OR old.`tenant` IS NOT new.`tenant` OR old.`row` IS NOT new.`row` BEGIN
	INSERT INTO `jobs_text` (`jobs_text`, `rowid`, `prompt`)
	SELECT 'delete', `number` << 40 | old.`row`, json_quote(old.`prompt`) FROM `searched_tenants` WHERE `tenant` = old.`tenant`;
	INSERT INTO `searched_tenants` (`tenant`)
	SELECT new.`tenant` WHERE NOT EXISTS (SELECT 1 FROM `searched_tenants` WHERE `tenant` = new.`tenant`);
	INSERT INTO `jobs_text` (`rowid`, `prompt`)
	SELECT `number` << 40 | new.`row`, json_quote(new.`prompt`) FROM `searched_tenants` WHERE `tenant` = new.`tenant`;
END;
