// Generated from openapi/wavespeed.yaml by npm run codegen. Do not edit.
// What the rest needs to know of the parameters and models at run time.

/** One parameter of a model, as the vendor documents it. */
export interface Parameter {
  /** Exact name on the wire. */
  readonly name: string
  /** The same in camelCase, as the public schema calls it. */
  readonly field: string
  readonly type: 'string' | 'integer' | 'number' | 'array'
  readonly required: boolean
  readonly description: string
  readonly default?: string | number | readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  /** Whether the range is the gateway's own, and the vendor takes any number. */
  readonly unboundedAtVendor?: boolean
  /** For an array of objects: the members of one item. */
  readonly items?: readonly Parameter[]
}

/** One model that takes these parameters. */
export interface Model {
  readonly id: string
  /** The id without the vendor's prefix, as a GraphQL enum value. */
  readonly name: string
  readonly path: string
  /** US dollars of a run; null where it is not known. */
  readonly price: number | null
  readonly title: string
  readonly description: string
}

/** Parameters of V2VLoraInput by their camelCase name, in the order of the document. */
export const v2vLoraParameters = {
  "video": {
    "name": "video",
    "field": "video",
    "type": "string",
    "required": true,
    "description": "The http(s) URL of the source clip.",
    "minLength": 1,
    "maxLength": 8192,
    "format": "http-url"
  },
  "prompt": {
    "name": "prompt",
    "field": "prompt",
    "type": "string",
    "required": true,
    "description": "What the video should show.",
    "minLength": 1,
    "maxLength": 10000,
    "pattern": "\\S"
  },
  "negativePrompt": {
    "name": "negative_prompt",
    "field": "negativePrompt",
    "type": "string",
    "required": false,
    "description": "What the video should not show.",
    "maxLength": 10000
  },
  "loras": {
    "name": "loras",
    "field": "loras",
    "type": "array",
    "required": false,
    "description": "LoRA weights to apply.",
    "default": [],
    "maxItems": 3,
    "items": [
      {
        "name": "path",
        "field": "path",
        "type": "string",
        "required": true,
        "description": "A Hugging Face model as owner/model, or the http(s) URL of a weights file.",
        "minLength": 1,
        "maxLength": 8192,
        "format": "lora-path"
      },
      {
        "name": "scale",
        "field": "scale",
        "type": "number",
        "required": false,
        "description": "How strongly the LoRA is applied.",
        "default": 1,
        "minimum": 0,
        "maximum": 4
      }
    ]
  },
  "numInferenceSteps": {
    "name": "num_inference_steps",
    "field": "numInferenceSteps",
    "type": "integer",
    "required": false,
    "description": "Number of denoising steps. More steps take longer and show more detail.",
    "default": 30,
    "minimum": 1,
    "maximum": 40
  },
  "duration": {
    "name": "duration",
    "field": "duration",
    "type": "integer",
    "required": false,
    "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
    "default": 5,
    "minimum": 5,
    "maximum": 10
  },
  "strength": {
    "name": "strength",
    "field": "strength",
    "type": "number",
    "required": false,
    "description": "How far the result may depart from the source clip; the higher, the further.",
    "default": 0.9,
    "minimum": 0.1,
    "maximum": 1
  },
  "guidanceScale": {
    "name": "guidance_scale",
    "field": "guidanceScale",
    "type": "number",
    "required": false,
    "description": "How closely the result follows the prompt; the higher, the closer.",
    "default": 5,
    "minimum": 0,
    "maximum": 20
  },
  "flowShift": {
    "name": "flow_shift",
    "field": "flowShift",
    "type": "number",
    "required": false,
    "description": "Shift of the flow-matching schedule, which balances motion against stability.",
    "default": 3,
    "minimum": 1,
    "maximum": 10
  },
  "seed": {
    "name": "seed",
    "field": "seed",
    "type": "integer",
    "required": false,
    "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
    "default": -1,
    "minimum": -1,
    "maximum": 2147483647,
    "unboundedAtVendor": true
  }
} as const satisfies { readonly [field: string]: Parameter }

/** The models that take them; the first is the default. */
export const models = [
  {
    "id": "wavespeed-ai/wan-2.1/v2v-480p-lora",
    "name": "WAN_2_1_V2V_480P_LORA",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora",
    "price": 0.2,
    "title": "Wan 2.1 V2V 480p LoRA",
    "description": "Restyles a source clip at 480p from a prompt, with LoRA weights. The usual choice: lower cost than 720p, and more steps than the ultra-fast variant."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast",
    "name": "WAN_2_1_V2V_480P_LORA_ULTRA_FAST",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast",
    "price": 0.125,
    "title": "Wan 2.1 V2V 480p LoRA Ultra Fast",
    "description": "The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts and for finding the right prompt."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-720p-lora",
    "name": "WAN_2_1_V2V_720P_LORA",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora",
    "price": 0.3,
    "title": "Wan 2.1 V2V 720p LoRA",
    "description": "Restyles a source clip at 720p from a prompt, with LoRA weights. More detail than 480p, at a higher price."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast",
    "name": "WAN_2_1_V2V_720P_LORA_ULTRA_FAST",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast",
    "price": 0.225,
    "title": "Wan 2.1 V2V 720p LoRA Ultra Fast",
    "description": "The 720p model tuned for speed, for results at 720p that need not wait for the full model."
  }
] as const satisfies readonly Model[]

/** The statuses the vendor is known to answer. Others may appear. */
export const knownStatuses = [
  "created",
  "processing",
  "completed",
  "failed",
  "cancelled",
  "timeout",
  "deleted"
] as const

/** Outputs of one prediction that are read. */
export const mostOutputs = 100
