CREATE TABLE "holds" (
	"place" text COLLATE "C" PRIMARY KEY NOT NULL,
	"scope" text COLLATE "C" NOT NULL,
	"message" text COLLATE "C" NOT NULL,
	"since" bigint NOT NULL,
	"until" bigint NOT NULL,
	"refusals" integer NOT NULL,
	"tried_by" text COLLATE "C",
	"tried_until" bigint
);
