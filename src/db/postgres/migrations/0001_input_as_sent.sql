-- The inputs of jobs under the vendor's names, as they are sent, and without what is null. A row that holds no such input
-- is left as it is. Numbers keep their digits. Escapes are out of the way meanwhile: PostgreSQL refuses to read some that
-- its type json can hold, such as that of U+0000.
UPDATE "jobs" SET "input" = (
	SELECT replace(replace(
		json_object_agg(
			CASE "key"
				WHEN 'negativePrompt' THEN 'negative_prompt'
				WHEN 'numInferenceSteps' THEN 'num_inference_steps'
				WHEN 'guidanceScale' THEN 'guidance_scale'
				WHEN 'flowShift' THEN 'flow_shift'
				ELSE "key"
			END,
			"value"
		)::text,
		'<~escape~>', '\u'), '<~backslash~>', '\\')::json
	FROM json_each(replace(replace("input"::text, '\\', '<~backslash~>'), '\u', '<~escape~>')::json)
	WHERE json_typeof("value") <> 'null'
)
WHERE json_typeof("input") = 'object' AND "input"::text LIKE '%"numInferenceSteps":%';
