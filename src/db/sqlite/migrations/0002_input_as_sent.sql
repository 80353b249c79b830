-- The inputs of jobs under the vendor's names, as they are sent, and without what is null. A row whose text is no such
-- input is left as it is. Numbers keep their digits.
UPDATE `jobs` SET `input` = json_patch(`input`, json_object(
	'negativePrompt', NULL,
	'negative_prompt', json(`input` -> '$.negativePrompt'),
	'numInferenceSteps', NULL,
	'num_inference_steps', json(`input` -> '$.numInferenceSteps'),
	'guidanceScale', NULL,
	'guidance_scale', json(`input` -> '$.guidanceScale'),
	'flowShift', NULL,
	'flow_shift', json(`input` -> '$.flowShift')
))
WHERE CASE WHEN json_valid(`input`) THEN json_type(`input`, '$.numInferenceSteps') END IS NOT NULL;
