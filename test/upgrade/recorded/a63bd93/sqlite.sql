CREATE TABLE "__drizzle_migrations" (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at numeric
			);
INSERT INTO "__drizzle_migrations" VALUES (NULL, 'e8c47bf030ace0edbbc4064e4b48c98e7e99bce7397942cc3a65542e6680adc2', 1795386180369);
INSERT INTO "__drizzle_migrations" VALUES (NULL, '99adcdc57f4253557e439829a05318cbd649d33c0f8706f1416693528e278f82', 1795471452687);
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
, `idempotency_key` text, `callback_token` text, `archived` text);
INSERT INTO "jobs" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 6, 'COMPLETED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'done [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"done [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":5560309}', 1, NULL, 1795961966020, 1795961967589, 1795961966400, 1795961967437, 1795965566395, '29a1e6f7ecab42e1ae3c2bbc74c81333', 'completed', '[{"url":"http://vendor.recorded/outputs/29a1e6f7ecab42e1ae3c2bbc74c81333.mp4","nsfw":false,"expiresAt":1796566766386,"kept":{"key":"job_01m8ktske4eq18skcv2br66dvs/0.mp4","bytes":79921,"contentType":"video/mp4"}}]', 1000, 'null', 1795961967637, NULL, NULL, 'key-done', 'P9RUAMLiVhMvUGbay8hC--l2C9vbS1lh', 'KEPT');
INSERT INTO "jobs" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 5, 'FAILED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'failed [sandbox:fail=1402] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"failed [sandbox:fail=1402] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1198633349}', 1, NULL, 1795961966356, 1795961967550, 1795961966417, 1795961967550, 1795965566417, '275195aed53643f3a066fcc00d13b8d1', 'failed', '[]', 1000, '{"code":"MEDIA_UNREACHABLE","message":"The input media URL is not reachable"}', 1795961967750, NULL, NULL, NULL, 'QtAUEi3m1iD7OL2AwjrDBmTMT777ytb5', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 5, 'FAILED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'failed [sandbox:fail=1402] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"failed [sandbox:fail=1402] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1206680050}', 1, 'job_01m8ktskrmeper4zxw6p722vb1', 1795961967602, 1795961968729, 1795961967693, 1795961968729, 1795965567693, '237279d64e4c43fa86745dfbd1c6af59', 'failed', '[]', 1000, '{"code":"MEDIA_UNREACHABLE","message":"The input media URL is not reachable"}', 1795961968929, NULL, NULL, 'key-again', 'JlWiDQ2uTF2BhRlzW_nnXKmx-JH2x2Cd', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 5, 'CANCELED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'canceled while it runs [sandbox:seconds=3] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"canceled while it runs [sandbox:seconds=3] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":872069559}', 1, NULL, 1795961968753, 1795961969442, 1795961968778, 1795961969442, 1795965568778, 'b4e41b3ffe484e5ebb72ed01b1479b24', 'processing', '[]', NULL, 'null', 1795961969592, NULL, NULL, NULL, 'dr4ZtMfoxezgkGg_yxFa8FTHBZGbejCB', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktsps9fv0sqt89q1trkknq', 4, 'PROCESSING', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, processing [sandbox:seconds=9]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, processing [sandbox:seconds=9]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1754094083}', 1, NULL, 1795961969449, 1795961970977, 1795961969465, NULL, 1795965569465, '5d3e8740c2434493b7609a832f635e43', 'processing', '[]', NULL, 'null', 1795961972308.5, 'fbae231a-ec61-43ac-9c18-5ff9f5336e56', 1795962572311, NULL, '8A6hvc4T1SR1UMFbyrbPwwcmVsWSjnV3', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 6, 'COMPLETED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'called back', '{"video":"https://example.com/clip.mp4","prompt":"called back","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":422832038}', 1, NULL, 1795961971025, 1795961972121, 1795961971078, 1795961972104, 1795965571078, 'f16f796d671c48d4991494ce08c1e111', 'completed', '[{"url":"http://vendor.recorded/outputs/f16f796d671c48d4991494ce08c1e111.mp4","nsfw":false,"expiresAt":1796566771073,"kept":{"key":"job_01m8ktsrahe5gvqbwkbpy7bmby/0.mp4","bytes":79921,"contentType":"video/mp4"}}]', 1000, 'null', 1795961972093, NULL, NULL, NULL, '1bzr_0vVQbhJJNFwAsv4QqZtt7o1rSE_', 'KEPT');
INSERT INTO "jobs" VALUES ('job_01m8ktssdee63tp5hd2kqe6dh2', 3, 'CREATED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, created [sandbox:seconds=12]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, created [sandbox:seconds=12]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":236031657}', 1, NULL, 1795961972142, 1795961972169, 1795961972169, NULL, 1795965572169, '707b7ef72329476f8294264caa4c39b5', 'created', '[]', NULL, 'null', 1795962032169, NULL, NULL, NULL, 'v12Gi2j3nm34QRaE3sr-q6bix1L5BIj-', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktssfzfkfrfnay7ag8mvk8', 2, 'SUBMITTING', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, unanswered [sandbox:seconds=8] [sandbox:slow=60000,after]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, unanswered [sandbox:seconds=8] [sandbox:slow=60000,after]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1336778560}', 1, NULL, 1795961972223, 1795961972233, 1795961972233, NULL, NULL, NULL, NULL, '[]', NULL, 'null', 1795961972223, 'fbae231a-ec61-43ac-9c18-5ff9f5336e56', 1795962572233, NULL, 'jHL-9x5IVV5GGVzklXGkUxnckaRnSl4z', NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktssgse1at11gz3v29w7ge', 1, 'QUEUED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'waiting', '{"video":"https://example.com/clip.mp4","prompt":"waiting","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":822007567}', 1, NULL, 1795961972249, 1795961972249, NULL, NULL, NULL, NULL, NULL, '[]', NULL, 'null', 1795961972249, NULL, NULL, 'key-waiting', NULL, NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktsshmeb9aw3b3aak3hwrg', 1, 'QUEUED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'waiting, too', '{"video":"https://example.com/clip.mp4","prompt":"waiting, too","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1333261807}', 1, NULL, 1795961972276, 1795961972276, NULL, NULL, NULL, NULL, NULL, '[]', NULL, 'null', 1795961972276, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "jobs" VALUES ('job_01m8ktssj1fg99vjb6ae9jpvxm', 2, 'CANCELED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'canceled while it waits', '{"video":"https://example.com/clip.mp4","prompt":"canceled while it waits","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":189140637}', 1, NULL, 1795961972289, 1795961972303, NULL, 1795961972303, NULL, NULL, NULL, '[]', NULL, 'null', 1795961972289, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE `timeline` (
	`job_id` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`message` text NOT NULL,
	PRIMARY KEY(`job_id`, `version`),
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade
);
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 1, 1795961966020, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 2, 1795961966089, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 1, 1795961966356, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 2, 1795961966372, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 3, 1795961966400, 'CREATED', 'The vendor took it, as 29a1e6f7ecab42e1ae3c2bbc74c81333.');
INSERT INTO "timeline" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 3, 1795961966417, 'CREATED', 'The vendor took it, as 275195aed53643f3a066fcc00d13b8d1.');
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 4, 1795961966606, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 4, 1795961966622, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 5, 1795961967437, 'COMPLETED', 'Completed.');
INSERT INTO "timeline" VALUES ('job_01m8ktskrmeper4zxw6p722vb1', 5, 1795961967550, 'FAILED', 'MEDIA_UNREACHABLE: The input media URL is not reachable');
INSERT INTO "timeline" VALUES ('job_01m8ktske4eq18skcv2br66dvs', 6, 1795961967589, 'COMPLETED', 'Output kept.');
INSERT INTO "timeline" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 1, 1795961967602, 'QUEUED', 'Recorded as a retry of job_01m8ktskrmeper4zxw6p722vb1.');
INSERT INTO "timeline" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 2, 1795961967623, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 3, 1795961967693, 'CREATED', 'The vendor took it, as 237279d64e4c43fa86745dfbd1c6af59.');
INSERT INTO "timeline" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 4, 1795961967899, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktsmzjekbbcds4yyn9nzxc', 5, 1795961968729, 'FAILED', 'MEDIA_UNREACHABLE: The input media URL is not reachable');
INSERT INTO "timeline" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 1, 1795961968753, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 2, 1795961968758, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 3, 1795961968778, 'CREATED', 'The vendor took it, as b4e41b3ffe484e5ebb72ed01b1479b24.');
INSERT INTO "timeline" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 4, 1795961969393, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktsp3hf278dwpt8cefh9ay', 5, 1795961969442, 'CANCELED', 'Canceled here. The vendor has no cancel: it goes on with the task and bills it.');
INSERT INTO "timeline" VALUES ('job_01m8ktsps9fv0sqt89q1trkknq', 1, 1795961969449, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktsps9fv0sqt89q1trkknq', 2, 1795961969453, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktsps9fv0sqt89q1trkknq', 3, 1795961969465, 'CREATED', 'The vendor took it, as 5d3e8740c2434493b7609a832f635e43.');
INSERT INTO "timeline" VALUES ('job_01m8ktsps9fv0sqt89q1trkknq', 4, 1795961970977, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 1, 1795961971025, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 2, 1795961971036, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 3, 1795961971078, 'CREATED', 'The vendor took it, as f16f796d671c48d4991494ce08c1e111.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 4, 1795961971283, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 5, 1795961972104, 'COMPLETED', 'Completed.');
INSERT INTO "timeline" VALUES ('job_01m8ktsrahe5gvqbwkbpy7bmby', 6, 1795961972121, 'COMPLETED', 'Output kept.');
INSERT INTO "timeline" VALUES ('job_01m8ktssdee63tp5hd2kqe6dh2', 1, 1795961972142, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktssdee63tp5hd2kqe6dh2', 2, 1795961972148, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktssdee63tp5hd2kqe6dh2', 3, 1795961972169, 'CREATED', 'The vendor took it, as 707b7ef72329476f8294264caa4c39b5.');
INSERT INTO "timeline" VALUES ('job_01m8ktssfzfkfrfnay7ag8mvk8', 1, 1795961972223, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktssfzfkfrfnay7ag8mvk8', 2, 1795961972233, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO "timeline" VALUES ('job_01m8ktssgse1at11gz3v29w7ge', 1, 1795961972249, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktsshmeb9aw3b3aak3hwrg', 1, 1795961972276, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktssj1fg99vjb6ae9jpvxm', 1, 1795961972289, 'QUEUED', 'Recorded.');
INSERT INTO "timeline" VALUES ('job_01m8ktssj1fg99vjb6ae9jpvxm', 2, 1795961972303, 'CANCELED', 'Canceled before it was sent: nothing is billed.');
CREATE INDEX `jobs_by_creation` ON `jobs` (`created_at`,`id`);
CREATE INDEX `jobs_by_update` ON `jobs` (`updated_at`,`id`);
CREATE INDEX `jobs_by_state` ON `jobs` (`state`,`created_at`,`id`);
CREATE INDEX `jobs_by_model` ON `jobs` (`model`,`created_at`,`id`);
CREATE INDEX `jobs_by_submission` ON `jobs` (`submitted_at`);
CREATE INDEX `jobs_by_retry` ON `jobs` (`retry_of`) WHERE retry_of IS NOT NULL;
CREATE UNIQUE INDEX `jobs_by_prediction` ON `jobs` (`prediction_id`) WHERE prediction_id IS NOT NULL;
CREATE UNIQUE INDEX `jobs_by_idempotency_key` ON `jobs` (`idempotency_key`) WHERE idempotency_key IS NOT NULL;
CREATE INDEX `jobs_to_archive` ON `jobs` (`finished_at`) WHERE state = 'COMPLETED' AND archived IS NULL;
