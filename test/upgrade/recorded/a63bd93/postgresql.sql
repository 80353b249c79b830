SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA wavespeed_queue;
CREATE TYPE wavespeed_queue.dep_status AS ENUM (
    'pending',
    'processed',
    'ignored',
    'failed'
);
CREATE TYPE wavespeed_queue.job_state AS ENUM (
    'waiting',
    'active',
    'completed',
    'failed',
    'delayed',
    'waiting-children'
);
CREATE TABLE wavespeed_queue.job (
    queue text NOT NULL,
    id text NOT NULL,
    seq bigint NOT NULL,
    name text NOT NULL,
    state wavespeed_queue.job_state NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    opts jsonb DEFAULT '{}'::jsonb NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    delay_ms bigint DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 1 NOT NULL,
    attempts_made integer DEFAULT 0 NOT NULL,
    attempts_started integer DEFAULT 0 NOT NULL,
    progress jsonb,
    return_value jsonb,
    failed_reason text,
    stacktrace jsonb,
    deferred_failure text,
    processed_by text,
    added_at_ms bigint NOT NULL,
    process_at_ms bigint,
    processed_at_ms bigint,
    finished_at_ms bigint,
    lock_token text,
    locked_until_ms bigint,
    stalled_count integer DEFAULT 0 NOT NULL,
    dedup_id text,
    scheduler_id text,
    parent_queue text,
    parent_id text,
    parent_key text,
    pending_deps integer DEFAULT 0 NOT NULL,
    stalled_marked boolean DEFAULT false NOT NULL
);
CREATE TABLE wavespeed_queue.relay_inbox (
    id bigint NOT NULL,
    ns text NOT NULL,
    node_id text NOT NULL,
    kind text NOT NULL,
    topic text NOT NULL,
    mid bigint NOT NULL,
    ts bigint NOT NULL,
    data text NOT NULL,
    endpoints text[] NOT NULL
);
CREATE TABLE public.jobs (
    id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    prompt text NOT NULL COLLATE pg_catalog."C",
    input json NOT NULL,
    seed_drawn boolean NOT NULL,
    retry_of text COLLATE pg_catalog."C",
    idempotency_key text COLLATE pg_catalog."C",
    callback_token text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    submitted_at bigint,
    finished_at bigint,
    deadline_at bigint,
    prediction_id text COLLATE pg_catalog."C",
    vendor_status text COLLATE pg_catalog."C",
    outputs json NOT NULL,
    archived text COLLATE pg_catalog."C",
    inference_ms double precision,
    error json,
    run_at bigint NOT NULL,
    lease_owner text COLLATE pg_catalog."C",
    lease_until bigint
);
CREATE TABLE public.timeline (
    job_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    at bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    message text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.wavespeed_migrations (
    id integer NOT NULL,
    hash text NOT NULL,
    created_at bigint
);
CREATE SEQUENCE public.wavespeed_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.wavespeed_migrations_id_seq OWNED BY public.wavespeed_migrations.id;
CREATE TABLE wavespeed_queue.dedup (
    queue text NOT NULL,
    dedup_id text NOT NULL,
    job_id text NOT NULL,
    expire_at_ms bigint
);
CREATE TABLE wavespeed_queue.dedup_next (
    queue text NOT NULL,
    dedup_id text NOT NULL,
    payload jsonb NOT NULL
);
CREATE SEQUENCE wavespeed_queue.event_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE wavespeed_queue.event (
    queue text NOT NULL,
    id bigint DEFAULT nextval('wavespeed_queue.event_seq'::regclass) NOT NULL,
    event text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE TABLE wavespeed_queue.job_dependency (
    parent_queue text NOT NULL,
    parent_id text NOT NULL,
    child_queue text NOT NULL,
    child_id text NOT NULL,
    child_key text NOT NULL,
    status wavespeed_queue.dep_status DEFAULT 'pending'::wavespeed_queue.dep_status NOT NULL,
    value jsonb
);
CREATE TABLE wavespeed_queue.job_log (
    queue text NOT NULL,
    job_id text NOT NULL,
    idx bigint NOT NULL,
    "row" text NOT NULL
);
CREATE SEQUENCE wavespeed_queue.job_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE wavespeed_queue.meta (
    queue text NOT NULL,
    field text NOT NULL,
    value text
);
CREATE TABLE wavespeed_queue.metrics (
    queue text NOT NULL,
    kind text NOT NULL,
    count bigint DEFAULT 0 NOT NULL,
    prev_ts bigint,
    prev_count bigint DEFAULT 0 NOT NULL,
    data bigint[] DEFAULT '{}'::bigint[] NOT NULL
);
CREATE TABLE wavespeed_queue.migration (
    version integer NOT NULL,
    name text NOT NULL,
    min_client_version integer NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE wavespeed_queue.rate_limit (
    queue text NOT NULL,
    points bigint DEFAULT 0 NOT NULL,
    expire_at_ms bigint NOT NULL
);
CREATE SEQUENCE wavespeed_queue.relay_inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE wavespeed_queue.relay_inbox_id_seq OWNED BY wavespeed_queue.relay_inbox.id;
CREATE SEQUENCE wavespeed_queue.relay_mid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE wavespeed_queue.relay_node (
    ns text NOT NULL,
    node_id text NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    registered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_heartbeat timestamp with time zone,
    info jsonb DEFAULT '{}'::jsonb NOT NULL,
    backlog integer DEFAULT 0 NOT NULL,
    dropped bigint DEFAULT 0 NOT NULL,
    in_flight bigint[] DEFAULT '{}'::bigint[] NOT NULL
);
CREATE TABLE wavespeed_queue.relay_retained (
    ns text NOT NULL,
    topic text NOT NULL,
    mid bigint NOT NULL,
    ts bigint NOT NULL,
    data text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE wavespeed_queue.relay_subscription (
    ns text NOT NULL,
    node_id text NOT NULL,
    endpoint_id text NOT NULL,
    pattern text NOT NULL,
    root text
);
CREATE TABLE wavespeed_queue.scheduler (
    queue text NOT NULL,
    scheduler_id text NOT NULL,
    name text,
    next_run_ms bigint,
    pattern text,
    every_ms bigint,
    tz text,
    start_date_ms bigint,
    end_date_ms bigint,
    limit_count integer,
    iteration_count integer DEFAULT 0 NOT NULL,
    template_data jsonb,
    template_opts jsonb,
    producer_id text,
    offset_ms bigint
);
ALTER TABLE ONLY public.wavespeed_migrations ALTER COLUMN id SET DEFAULT nextval('public.wavespeed_migrations_id_seq'::regclass);
ALTER TABLE ONLY wavespeed_queue.relay_inbox ALTER COLUMN id SET DEFAULT nextval('wavespeed_queue.relay_inbox_id_seq'::regclass);
INSERT INTO public.jobs VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 5, 'FAILED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'failed [sandbox:fail=1402] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"failed [sandbox:fail=1402] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":568241331}', true, NULL, NULL, '6B0WTBPn2YqqfDC2LaytPhAXjGxIjICk', 1795961979188, 1795961980546, 1795961979554, 1795961980546, 1795965579512, '100ffb965eda4241aa3f72c6b6d9ae3c', 'failed', '[]', NULL, 1000, '{"code":"MEDIA_UNREACHABLE","message":"The input media URL is not reachable"}', 1795961980725, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 6, 'COMPLETED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'done [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"done [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":459566414}', true, NULL, 'key-done', 'uokHlteETlM9ZxCaUdHR4u7eNeYaXklA', 1795961979081, 1795961980644, 1795961979392, 1795961980449, 1795965579375, 'b4c77ff399824571b00cb1e2e8c95364', 'completed', '[{"url":"http://vendor.recorded/outputs/b4c77ff399824571b00cb1e2e8c95364.mp4","nsfw":false,"expiresAt":1796566779350,"kept":{"key":"job_01m8ktt069fvzvshk8wbs1eaps/0.mp4","bytes":79921,"contentType":"video/mp4"}}]', 'KEPT', 1000, NULL, 1795961980647, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 5, 'FAILED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'failed [sandbox:fail=1402] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"failed [sandbox:fail=1402] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1082594540}', true, 'job_01m8ktt09mfgp9xkm74vxb1r8y', 'key-again', 'WSnlDvDbUci0tWLfbfji89NWaFSGV71J', 1795961980721, 1795961981996, 1795961980814, 1795961981996, 1795965580806, 'a799e4398c9643aba7ed47a8b21e414d', 'failed', '[]', NULL, 1000, '{"code":"MEDIA_UNREACHABLE","message":"The input media URL is not reachable"}', 1795961982195, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 5, 'CANCELED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'canceled while it runs [sandbox:seconds=3] [sandbox:webhook-never]', '{"video":"https://example.com/clip.mp4","prompt":"canceled while it runs [sandbox:seconds=3] [sandbox:webhook-never]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1093963028}', true, NULL, NULL, 'ePkhyRrgIqIkwT1bK5Cx6Q0EbjSLxmK-', 1795961982071, 1795961982707, 1795961982165, 1795961982707, 1795965582163, 'b6244876c91a4003a122a351c51f8455', 'processing', '[]', NULL, NULL, NULL, 1795961982817, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt3r4ewx84jvf935zvsmw', 4, 'PROCESSING', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, processing [sandbox:seconds=9]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, processing [sandbox:seconds=9]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":747051124}', true, NULL, NULL, 'arY1XlIr2cC-SHCTTE52wwAylsfNThIX', 1795961982724, 1795961984286, 1795961982846, NULL, 1795965582828, 'b6f64ab70ff14ad5a773eed190e793be', 'processing', '[]', NULL, NULL, NULL, 1795962045478, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 6, 'COMPLETED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'called back', '{"video":"https://example.com/clip.mp4","prompt":"called back","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":955227013}', true, NULL, NULL, '0EfAb0CegZPli2OmRlkbyuBcUm8uq34-', 1795961984321, 1795961985550, 1795961984409, 1795961985477, 1795965584403, '436a7cb6a77c4584b4dfd34110c1b3c6', 'completed', '[{"url":"http://vendor.recorded/outputs/436a7cb6a77c4584b4dfd34110c1b3c6.mp4","nsfw":false,"expiresAt":1796566784382,"kept":{"key":"job_01m8ktt5a1fn5sj9edn6g1ggd7/0.mp4","bytes":79921,"contentType":"video/mp4"}}]', 'KEPT', 1000, NULL, 1795961985502, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt6k0ecptfpm8ewc6bqgm', 2, 'SUBMITTING', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, unanswered [sandbox:seconds=8] [sandbox:slow=60000,after]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, unanswered [sandbox:seconds=8] [sandbox:slow=60000,after]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":1838224379}', true, NULL, NULL, 'am0uUGSaDgIN_uoNuq13wz8yrns9aYGv', 1795961985632, 1795961985658, 1795961985658, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, 1795961985632, 'e58c9316-6f3d-4f6b-bc5c-3e63bb900f8d', 1795962000658);
INSERT INTO public.jobs VALUES ('job_01m8ktt6f7ffjtwe088p6jp9hs', 3, 'CREATED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'in flight, created [sandbox:seconds=12]', '{"video":"https://example.com/clip.mp4","prompt":"in flight, created [sandbox:seconds=12]","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":389087537}', true, NULL, NULL, 'Ur7SCg99NpDGkF16US3WcBWPd-dEl6Pu', 1795961985511, 1795961985589, 1795961985589, NULL, 1795965585587, '627c1e512006440fbcdfb63f5df8b488', 'created', '[]', NULL, NULL, NULL, 1795962045593, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt6nqe8dtzrfsvyt2g5fe', 1, 'QUEUED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'waiting', '{"video":"https://example.com/clip.mp4","prompt":"waiting","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":2057338730}', true, NULL, 'key-waiting', NULL, 1795961985719, 1795961985719, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, 1795961985719, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt6pef3atbk8habv9qc2d', 1, 'QUEUED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'waiting, too', '{"video":"https://example.com/clip.mp4","prompt":"waiting, too","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":55173651}', true, NULL, NULL, NULL, 1795961985742, 1795961985742, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, 1795961985742, NULL, NULL);
INSERT INTO public.jobs VALUES ('job_01m8ktt6q4fzgt95319r2fxsge', 2, 'CANCELED', 'wavespeed-ai/wan-2.1/v2v-480p-lora', 'canceled while it waits', '{"video":"https://example.com/clip.mp4","prompt":"canceled while it waits","negativePrompt":null,"loras":[],"numInferenceSteps":30,"duration":5,"strength":0.9,"guidanceScale":5,"flowShift":3,"seed":727008658}', true, NULL, NULL, NULL, 1795961985764, 1795961985780, NULL, 1795961985780, NULL, NULL, NULL, '[]', NULL, NULL, NULL, 1795961985764, NULL, NULL);
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 1, 1795961979081, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 1, 1795961979188, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 2, 1795961979201, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 3, 1795961979392, 'CREATED', 'The vendor took it, as b4c77ff399824571b00cb1e2e8c95364.');
INSERT INTO public.timeline VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 2, 1795961979331, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 3, 1795961979554, 'CREATED', 'The vendor took it, as 100ffb965eda4241aa3f72c6b6d9ae3c.');
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 4, 1795961979625, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 4, 1795961979811, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 5, 1795961980449, 'COMPLETED', 'Completed.');
INSERT INTO public.timeline VALUES ('job_01m8ktt09mfgp9xkm74vxb1r8y', 5, 1795961980546, 'FAILED', 'MEDIA_UNREACHABLE: The input media URL is not reachable');
INSERT INTO public.timeline VALUES ('job_01m8ktt069fvzvshk8wbs1eaps', 6, 1795961980644, 'COMPLETED', 'Output kept.');
INSERT INTO public.timeline VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 1, 1795961980721, 'QUEUED', 'Recorded as a retry of job_01m8ktt09mfgp9xkm74vxb1r8y.');
INSERT INTO public.timeline VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 2, 1795961980759, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 3, 1795961980814, 'CREATED', 'The vendor took it, as a799e4398c9643aba7ed47a8b21e414d.');
INSERT INTO public.timeline VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 4, 1795961981079, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt1shevb8xd1z7a2vq5e7', 5, 1795961981996, 'FAILED', 'MEDIA_UNREACHABLE: The input media URL is not reachable');
INSERT INTO public.timeline VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 1, 1795961982071, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 2, 1795961982105, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 3, 1795961982165, 'CREATED', 'The vendor took it, as b6244876c91a4003a122a351c51f8455.');
INSERT INTO public.timeline VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 4, 1795961982626, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt33qea7t1esxexm8hnqy', 5, 1795961982707, 'CANCELED', 'Canceled here. The vendor has no cancel: it goes on with the task and bills it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt3r4ewx84jvf935zvsmw', 1, 1795961982724, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt3r4ewx84jvf935zvsmw', 2, 1795961982784, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt3r4ewx84jvf935zvsmw', 3, 1795961982846, 'CREATED', 'The vendor took it, as b6f64ab70ff14ad5a773eed190e793be.');
INSERT INTO public.timeline VALUES ('job_01m8ktt3r4ewx84jvf935zvsmw', 4, 1795961984286, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 1, 1795961984321, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 2, 1795961984358, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 3, 1795961984409, 'CREATED', 'The vendor took it, as 436a7cb6a77c4584b4dfd34110c1b3c6.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 4, 1795961984644, 'PROCESSING', 'The vendor is working on it.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 5, 1795961985477, 'COMPLETED', 'Completed.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6f7ffjtwe088p6jp9hs', 1, 1795961985511, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt5a1fn5sj9edn6g1ggd7', 6, 1795961985550, 'COMPLETED', 'Output kept.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6f7ffjtwe088p6jp9hs', 2, 1795961985556, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6f7ffjtwe088p6jp9hs', 3, 1795961985589, 'CREATED', 'The vendor took it, as 627c1e512006440fbcdfb63f5df8b488.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6k0ecptfpm8ewc6bqgm', 1, 1795961985632, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6k0ecptfpm8ewc6bqgm', 2, 1795961985658, 'SUBMITTING', 'Sending it to the vendor.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6nqe8dtzrfsvyt2g5fe', 1, 1795961985719, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6pef3atbk8habv9qc2d', 1, 1795961985742, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6q4fzgt95319r2fxsge', 1, 1795961985764, 'QUEUED', 'Recorded.');
INSERT INTO public.timeline VALUES ('job_01m8ktt6q4fzgt95319r2fxsge', 2, 1795961985780, 'CANCELED', 'Canceled before it was sent: nothing is billed.');
INSERT INTO public.wavespeed_migrations VALUES (1, '8f0b81e22a0f71940d3e9eb29b4d29fbac2afdce22fdf87e260047900d0a0bc7', 1795488750464);
INSERT INTO wavespeed_queue.dedup VALUES ('steps', 'job_01m8ktt3r4ewx84jvf935zvsmw', '28faa242-5c96-4890-8526-e56c9d463f66', NULL);
INSERT INTO wavespeed_queue.dedup VALUES ('steps', 'job_01m8ktt6f7ffjtwe088p6jp9hs', '9aad5efd-16ac-490e-93fe-1c038ea68572', NULL);
INSERT INTO wavespeed_queue.job VALUES ('steps', '28faa242-5c96-4890-8526-e56c9d463f66', 20, 'step', 'delayed', '{"key": "job_01m8ktt3r4ewx84jvf935zvsmw"}', '{"delay": 182, "jobId": "28faa242-5c96-4890-8526-e56c9d463f66", "attempts": 0, "removeOnFail": true, "deduplication": {"id": "job_01m8ktt3r4ewx84jvf935zvsmw"}, "removeOnComplete": true}', 0, 59994, 0, 0, 11, NULL, NULL, NULL, NULL, NULL, NULL, 1795961982879, 1795962045477, 1795961985426, NULL, NULL, NULL, 0, 'job_01m8ktt3r4ewx84jvf935zvsmw', NULL, NULL, NULL, NULL, 0, false);
INSERT INTO wavespeed_queue.job VALUES ('steps', '9aad5efd-16ac-490e-93fe-1c038ea68572', 29, 'step', 'delayed', '{"key": "job_01m8ktt6f7ffjtwe088p6jp9hs"}', '{"delay": 59998, "jobId": "9aad5efd-16ac-490e-93fe-1c038ea68572", "attempts": 0, "removeOnFail": true, "deduplication": {"id": "job_01m8ktt6f7ffjtwe088p6jp9hs"}, "removeOnComplete": true}', 0, 59998, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 1795961985594, 1795962045592, NULL, NULL, NULL, NULL, 0, 'job_01m8ktt6f7ffjtwe088p6jp9hs', NULL, NULL, NULL, NULL, 0, false);
INSERT INTO wavespeed_queue.meta VALUES ('steps', 'opts.maxLenEvents', '10000');
INSERT INTO wavespeed_queue.meta VALUES ('steps', 'version', 'bullmq:6.7.0');
INSERT INTO wavespeed_queue.meta VALUES ('copies', 'opts.maxLenEvents', '10000');
INSERT INTO wavespeed_queue.meta VALUES ('copies', 'version', 'bullmq:6.7.0');
INSERT INTO wavespeed_queue.meta VALUES ('steps', 'stalled-check', '1795961983859');
INSERT INTO wavespeed_queue.meta VALUES ('copies', 'stalled-check', '1795961983927');
INSERT INTO wavespeed_queue.migration VALUES (1, '0001_schema', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (2, '0002_functions', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (3, '0003_dedup_stale_key', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (4, '0004_relay', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (5, '0005_flow_parent_release', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (6, '0006_dedup_reschedule', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (7, '0007_obliterate_dedup_lock_order', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (8, '0008_bulk_dedup_lock_order', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (9, '0009_obliterate_bounded_dedup_locks', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (10, '0010_obliterate_finalization_lock', 6, '2026-11-29 14:19:38.113672+00');
INSERT INTO wavespeed_queue.migration VALUES (11, '0011_obliterate_producer_lock', 6, '2026-11-29 14:19:38.113672+00');
SELECT pg_catalog.setval('public.wavespeed_migrations_id_seq', 1, true);
SELECT pg_catalog.setval('wavespeed_queue.event_seq', 243, true);
SELECT pg_catalog.setval('wavespeed_queue.job_seq', 33, true);
SELECT pg_catalog.setval('wavespeed_queue.relay_inbox_id_seq', 1, false);
SELECT pg_catalog.setval('wavespeed_queue.relay_mid_seq', 1, false);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.timeline
    ADD CONSTRAINT timeline_job_id_version_pk PRIMARY KEY (job_id, version);
ALTER TABLE ONLY public.wavespeed_migrations
    ADD CONSTRAINT wavespeed_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wavespeed_queue.dedup_next
    ADD CONSTRAINT dedup_next_pkey PRIMARY KEY (queue, dedup_id);
ALTER TABLE ONLY wavespeed_queue.dedup
    ADD CONSTRAINT dedup_pkey PRIMARY KEY (queue, dedup_id);
ALTER TABLE ONLY wavespeed_queue.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (queue, id);
ALTER TABLE ONLY wavespeed_queue.job_dependency
    ADD CONSTRAINT job_dependency_pkey PRIMARY KEY (parent_queue, parent_id, child_key);
ALTER TABLE ONLY wavespeed_queue.job_log
    ADD CONSTRAINT job_log_pkey PRIMARY KEY (queue, job_id, idx);
ALTER TABLE ONLY wavespeed_queue.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (queue, id);
ALTER TABLE ONLY wavespeed_queue.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (queue, field);
ALTER TABLE ONLY wavespeed_queue.metrics
    ADD CONSTRAINT metrics_pkey PRIMARY KEY (queue, kind);
ALTER TABLE ONLY wavespeed_queue.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (version);
ALTER TABLE ONLY wavespeed_queue.rate_limit
    ADD CONSTRAINT rate_limit_pkey PRIMARY KEY (queue);
ALTER TABLE ONLY wavespeed_queue.relay_inbox
    ADD CONSTRAINT relay_inbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY wavespeed_queue.relay_node
    ADD CONSTRAINT relay_node_pkey PRIMARY KEY (ns, node_id);
ALTER TABLE ONLY wavespeed_queue.relay_retained
    ADD CONSTRAINT relay_retained_pkey PRIMARY KEY (ns, topic);
ALTER TABLE ONLY wavespeed_queue.relay_subscription
    ADD CONSTRAINT relay_subscription_pkey PRIMARY KEY (ns, pattern, node_id, endpoint_id);
ALTER TABLE ONLY wavespeed_queue.scheduler
    ADD CONSTRAINT scheduler_pkey PRIMARY KEY (queue, scheduler_id);
CREATE INDEX jobs_by_creation ON public.jobs USING btree (created_at, id);
CREATE INDEX jobs_by_due ON public.jobs USING btree (run_at) WHERE (state = ANY (ARRAY['SUBMITTING'::text, 'CREATED'::text, 'PROCESSING'::text]));
CREATE UNIQUE INDEX jobs_by_idempotency_key ON public.jobs USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX jobs_by_model ON public.jobs USING btree (model, created_at, id);
CREATE UNIQUE INDEX jobs_by_prediction ON public.jobs USING btree (prediction_id) WHERE (prediction_id IS NOT NULL);
CREATE INDEX jobs_by_retry ON public.jobs USING btree (retry_of) WHERE (retry_of IS NOT NULL);
CREATE INDEX jobs_by_state ON public.jobs USING btree (state, created_at, id);
CREATE INDEX jobs_by_submission ON public.jobs USING btree (submitted_at);
CREATE INDEX jobs_by_update ON public.jobs USING btree (updated_at, id);
CREATE INDEX jobs_to_archive ON public.jobs USING btree (finished_at) WHERE ((state = 'COMPLETED'::text) AND (archived IS NULL));
CREATE INDEX dedup_expire_idx ON wavespeed_queue.dedup USING btree (queue, expire_at_ms) WHERE (expire_at_ms IS NOT NULL);
CREATE INDEX dedup_job_idx ON wavespeed_queue.dedup USING btree (queue, job_id);
CREATE INDEX dep_child_idx ON wavespeed_queue.job_dependency USING btree (child_queue, child_id);
CREATE INDEX dep_parent_status_idx ON wavespeed_queue.job_dependency USING btree (parent_queue, parent_id, status);
CREATE INDEX job_active_idx ON wavespeed_queue.job USING btree (queue, locked_until_ms) WHERE (state = 'active'::wavespeed_queue.job_state);
CREATE INDEX job_delayed_idx ON wavespeed_queue.job USING btree (queue, process_at_ms) WHERE (state = 'delayed'::wavespeed_queue.job_state);
CREATE INDEX job_finished_idx ON wavespeed_queue.job USING btree (queue, state, finished_at_ms) WHERE (state = ANY (ARRAY['completed'::wavespeed_queue.job_state, 'failed'::wavespeed_queue.job_state]));
CREATE INDEX job_parent_idx ON wavespeed_queue.job USING btree (parent_queue, parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX job_ready_idx ON wavespeed_queue.job USING btree (queue, priority, seq) WHERE (state = 'waiting'::wavespeed_queue.job_state);
CREATE INDEX job_scheduler_idx ON wavespeed_queue.job USING btree (queue, scheduler_id) WHERE (scheduler_id IS NOT NULL);
CREATE INDEX job_waiting_children_idx ON wavespeed_queue.job USING btree (queue, seq) WHERE (state = 'waiting-children'::wavespeed_queue.job_state);
CREATE INDEX relay_inbox_node_idx ON wavespeed_queue.relay_inbox USING btree (ns, node_id, id);
CREATE INDEX relay_node_lease_idx ON wavespeed_queue.relay_node USING btree (lease_until);
CREATE INDEX relay_node_registered_idx ON wavespeed_queue.relay_node USING btree (ns, registered_at);
CREATE INDEX relay_retained_expiry_idx ON wavespeed_queue.relay_retained USING btree (expires_at);
CREATE INDEX relay_subscription_endpoint_idx ON wavespeed_queue.relay_subscription USING btree (ns, node_id, endpoint_id);
CREATE INDEX relay_subscription_root_idx ON wavespeed_queue.relay_subscription USING btree (ns, root);
CREATE INDEX scheduler_next_idx ON wavespeed_queue.scheduler USING btree (queue, next_run_ms);
ALTER TABLE ONLY public.timeline
    ADD CONSTRAINT timeline_job_id_jobs_id_fk FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY wavespeed_queue.job_dependency
    ADD CONSTRAINT job_dependency_parent_queue_parent_id_fkey FOREIGN KEY (parent_queue, parent_id) REFERENCES wavespeed_queue.job(queue, id) ON DELETE CASCADE;
ALTER TABLE ONLY wavespeed_queue.job_log
    ADD CONSTRAINT job_log_queue_job_id_fkey FOREIGN KEY (queue, job_id) REFERENCES wavespeed_queue.job(queue, id) ON DELETE CASCADE;
ALTER TABLE ONLY wavespeed_queue.relay_inbox
    ADD CONSTRAINT relay_inbox_ns_node_id_fkey FOREIGN KEY (ns, node_id) REFERENCES wavespeed_queue.relay_node(ns, node_id) ON DELETE CASCADE;
ALTER TABLE ONLY wavespeed_queue.relay_subscription
    ADD CONSTRAINT relay_subscription_ns_node_id_fkey FOREIGN KEY (ns, node_id) REFERENCES wavespeed_queue.relay_node(ns, node_id) ON DELETE CASCADE;
