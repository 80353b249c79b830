// Generated from openapi/wavespeed.yaml by npm run codegen. Do not edit.
// What the rest needs to know of the parameters and models at run time.

/** One parameter of a model, as the vendor documents it. */
export interface Parameter {
  /** Exact name on the wire. */
  readonly name: string
  /** The same in camelCase, as the public schema calls it. */
  readonly field: string
  /** What a form calls it. */
  readonly label: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  readonly required: boolean
  readonly description: string
  readonly default?: string | number | boolean | readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  /** Of a number: only multiples of it. */
  readonly multipleOf?: number
  readonly pattern?: string
  readonly format?: string
  /** The only values that it takes. */
  readonly allowed?: readonly (string | number)[]
  /** What the gateway itself has to know of it. */
  readonly role?: 'prompt' | 'seed' | 'source'
  /** What the file is whose address it takes. */
  readonly media?: 'video' | 'image'
  /** Whether the range is the gateway's own, and the vendor takes any number. */
  readonly unboundedAtVendor?: boolean
  /** Whether a run takes longer or shorter by it. */
  readonly decidesTime?: boolean
  /** For a list of objects: what the public schema calls one, what it is, and its members. */
  readonly itemName?: string
  readonly itemDescription?: string
  readonly items?: readonly Parameter[]
  /** For any other list: the type of its entries, and of texts how long they may be and what they are. */
  readonly itemType?: 'string' | 'integer' | 'number' | 'boolean'
  readonly itemMaxLength?: number
  readonly itemFormat?: string
}

/** One model of the vendor. */
export interface Model {
  readonly id: string
  /** The id without the vendor's prefix, as a GraphQL enum value. */
  readonly name: string
  /** The models that take the same parameters, each with its own ranges. */
  readonly family: FamilyName
  /** The schema of its body. */
  readonly input: InputName
  readonly path: string
  /** US dollars of a run with its defaults; null where it is not known. */
  readonly price: number | null
  /** The vendor's word for its kind. */
  readonly type: string
  readonly title: string
  readonly description: string
}

export type FamilyName = keyof typeof families
export type InputName = keyof typeof inputs

/** The families in the order of the document. */
export const families = {
  "V2VLora": {
    "description": "A video-to-video job with LoRAs"
  },
  "I2VLora": {
    "description": "An image-to-video job with LoRAs"
  },
  "T2VLora": {
    "description": "A text-to-video job with LoRAs"
  }
} as const

/** Parameters by the schema that has them and by their camelCase names, in the order of the document. */
export const inputs = {
  "V2VLoraInput": {
    "video": {
      "name": "video",
      "field": "video",
      "label": "Source clip",
      "type": "string",
      "required": true,
      "description": "The http(s) URL of the source clip.",
      "minLength": 1,
      "maxLength": 8192,
      "format": "http-url",
      "role": "source",
      "media": "video"
    },
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
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
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "minimum": 5,
      "maximum": 10,
      "decidesTime": true
    },
    "strength": {
      "name": "strength",
      "field": "strength",
      "label": "Strength",
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
      "label": "Guidance",
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
      "label": "Flow shift",
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
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  },
  "I2VLora480pInput": {
    "image": {
      "name": "image",
      "field": "image",
      "label": "First image",
      "type": "string",
      "required": true,
      "description": "The http(s) URL of the image that the video begins with.",
      "minLength": 1,
      "maxLength": 8192,
      "format": "http-url",
      "role": "source",
      "media": "image"
    },
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
          "type": "number",
          "required": false,
          "description": "How strongly the LoRA is applied.",
          "default": 1,
          "minimum": 0,
          "maximum": 4
        }
      ]
    },
    "size": {
      "name": "size",
      "field": "size",
      "label": "Size",
      "type": "string",
      "required": false,
      "description": "Width and height of the video in pixels.",
      "default": "832*480",
      "allowed": [
        "832*480",
        "480*832"
      ],
      "decidesTime": true
    },
    "numInferenceSteps": {
      "name": "num_inference_steps",
      "field": "numInferenceSteps",
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "allowed": [
        5,
        10
      ],
      "decidesTime": true
    },
    "guidanceScale": {
      "name": "guidance_scale",
      "field": "guidanceScale",
      "label": "Guidance",
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
      "label": "Flow shift",
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
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  },
  "I2VLora480pUltraFastInput": {
    "image": {
      "name": "image",
      "field": "image",
      "label": "First image",
      "type": "string",
      "required": true,
      "description": "The http(s) URL of the image that the video begins with.",
      "minLength": 1,
      "maxLength": 8192,
      "format": "http-url",
      "role": "source",
      "media": "image"
    },
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
          "type": "number",
          "required": false,
          "description": "How strongly the LoRA is applied.",
          "default": 1,
          "minimum": 0,
          "maximum": 4
        }
      ]
    },
    "size": {
      "name": "size",
      "field": "size",
      "label": "Size",
      "type": "string",
      "required": false,
      "description": "Width and height of the video in pixels.",
      "default": "832*480",
      "allowed": [
        "832*480",
        "480*832"
      ],
      "decidesTime": true
    },
    "numInferenceSteps": {
      "name": "num_inference_steps",
      "field": "numInferenceSteps",
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "minimum": 5,
      "maximum": 10,
      "decidesTime": true
    },
    "guidanceScale": {
      "name": "guidance_scale",
      "field": "guidanceScale",
      "label": "Guidance",
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
      "label": "Flow shift",
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
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  },
  "I2VLora720pInput": {
    "image": {
      "name": "image",
      "field": "image",
      "label": "First image",
      "type": "string",
      "required": true,
      "description": "The http(s) URL of the image that the video begins with.",
      "minLength": 1,
      "maxLength": 8192,
      "format": "http-url",
      "role": "source",
      "media": "image"
    },
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
          "type": "number",
          "required": false,
          "description": "How strongly the LoRA is applied.",
          "default": 1,
          "minimum": 0,
          "maximum": 4
        }
      ]
    },
    "size": {
      "name": "size",
      "field": "size",
      "label": "Size",
      "type": "string",
      "required": false,
      "description": "Width and height of the video in pixels.",
      "default": "1280*720",
      "allowed": [
        "1280*720",
        "720*1280"
      ],
      "decidesTime": true
    },
    "numInferenceSteps": {
      "name": "num_inference_steps",
      "field": "numInferenceSteps",
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "minimum": 5,
      "maximum": 10,
      "decidesTime": true
    },
    "guidanceScale": {
      "name": "guidance_scale",
      "field": "guidanceScale",
      "label": "Guidance",
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
      "label": "Flow shift",
      "type": "number",
      "required": false,
      "description": "Shift of the flow-matching schedule, which balances motion against stability.",
      "default": 5,
      "minimum": 1,
      "maximum": 10
    },
    "seed": {
      "name": "seed",
      "field": "seed",
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  },
  "T2VLora480pInput": {
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
          "type": "number",
          "required": false,
          "description": "How strongly the LoRA is applied.",
          "default": 1,
          "minimum": 0,
          "maximum": 4
        }
      ]
    },
    "size": {
      "name": "size",
      "field": "size",
      "label": "Size",
      "type": "string",
      "required": false,
      "description": "Width and height of the video in pixels.",
      "default": "832*480",
      "allowed": [
        "832*480",
        "480*832"
      ],
      "decidesTime": true
    },
    "numInferenceSteps": {
      "name": "num_inference_steps",
      "field": "numInferenceSteps",
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "minimum": 5,
      "maximum": 10,
      "decidesTime": true
    },
    "guidanceScale": {
      "name": "guidance_scale",
      "field": "guidanceScale",
      "label": "Guidance",
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
      "label": "Flow shift",
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
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  },
  "T2VLora720pInput": {
    "prompt": {
      "name": "prompt",
      "field": "prompt",
      "label": "Prompt",
      "type": "string",
      "required": true,
      "description": "What the video should show.",
      "minLength": 1,
      "maxLength": 10000,
      "pattern": "\\S",
      "role": "prompt"
    },
    "negativePrompt": {
      "name": "negative_prompt",
      "field": "negativePrompt",
      "label": "Negative prompt",
      "type": "string",
      "required": false,
      "description": "What the video should not show.",
      "maxLength": 10000
    },
    "loras": {
      "name": "loras",
      "field": "loras",
      "label": "LoRAs",
      "type": "array",
      "required": false,
      "description": "LoRA weights to apply.",
      "default": [],
      "maxItems": 3,
      "itemName": "Lora",
      "itemDescription": "A LoRA and how strongly it is applied.",
      "items": [
        {
          "name": "path",
          "field": "path",
          "label": "LoRA",
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
          "label": "Scale",
          "type": "number",
          "required": false,
          "description": "How strongly the LoRA is applied.",
          "default": 1,
          "minimum": 0,
          "maximum": 4
        }
      ]
    },
    "size": {
      "name": "size",
      "field": "size",
      "label": "Size",
      "type": "string",
      "required": false,
      "description": "Width and height of the video in pixels.",
      "default": "1280*720",
      "allowed": [
        "1280*720",
        "720*1280"
      ],
      "decidesTime": true
    },
    "numInferenceSteps": {
      "name": "num_inference_steps",
      "field": "numInferenceSteps",
      "label": "Steps",
      "type": "integer",
      "required": false,
      "description": "Number of denoising steps. More steps take longer and show more detail.",
      "default": 30,
      "minimum": 1,
      "maximum": 40,
      "decidesTime": true
    },
    "duration": {
      "name": "duration",
      "field": "duration",
      "label": "Duration in seconds",
      "type": "integer",
      "required": false,
      "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
      "default": 5,
      "minimum": 5,
      "maximum": 10,
      "decidesTime": true
    },
    "guidanceScale": {
      "name": "guidance_scale",
      "field": "guidanceScale",
      "label": "Guidance",
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
      "label": "Flow shift",
      "type": "number",
      "required": false,
      "description": "Shift of the flow-matching schedule, which balances motion against stability.",
      "default": 5,
      "minimum": 1,
      "maximum": 10
    },
    "seed": {
      "name": "seed",
      "field": "seed",
      "label": "Seed",
      "type": "integer",
      "required": false,
      "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
      "default": -1,
      "minimum": -1,
      "maximum": 2147483647,
      "role": "seed",
      "unboundedAtVendor": true
    }
  }
} as const satisfies { readonly [schema: string]: { readonly [field: string]: Parameter } }

/** The models; the first of a family is its default. */
export const models = [
  {
    "id": "wavespeed-ai/wan-2.1/v2v-480p-lora",
    "name": "WAN_2_1_V2V_480P_LORA",
    "family": "V2VLora",
    "input": "V2VLoraInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora",
    "price": 0.2,
    "type": "lora-support",
    "title": "Wan 2.1 V2V 480p LoRA",
    "description": "Restyles a source clip at 480p from a prompt, with LoRA weights. The usual choice: lower cost than 720p, and more steps than the ultra-fast variant."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast",
    "name": "WAN_2_1_V2V_480P_LORA_ULTRA_FAST",
    "family": "V2VLora",
    "input": "V2VLoraInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast",
    "price": 0.125,
    "type": "lora-support",
    "title": "Wan 2.1 V2V 480p LoRA Ultra Fast",
    "description": "The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts and for finding the right prompt."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-720p-lora",
    "name": "WAN_2_1_V2V_720P_LORA",
    "family": "V2VLora",
    "input": "V2VLoraInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora",
    "price": 0.3,
    "type": "lora-support",
    "title": "Wan 2.1 V2V 720p LoRA",
    "description": "Restyles a source clip at 720p from a prompt, with LoRA weights. More detail than 480p, at a higher price."
  },
  {
    "id": "wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast",
    "name": "WAN_2_1_V2V_720P_LORA_ULTRA_FAST",
    "family": "V2VLora",
    "input": "V2VLoraInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast",
    "price": 0.225,
    "type": "lora-support",
    "title": "Wan 2.1 V2V 720p LoRA Ultra Fast",
    "description": "The 720p model tuned for speed, for results at 720p that need not wait for the full model."
  },
  {
    "id": "wavespeed-ai/wan-2.1/i2v-480p-lora",
    "name": "WAN_2_1_I2V_480P_LORA",
    "family": "I2VLora",
    "input": "I2VLora480pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/i2v-480p-lora",
    "price": 0.2,
    "type": "lora-support",
    "title": "Wan 2.1 I2V 480p LoRA",
    "description": "Sets an image in motion at 480p as a prompt says, with LoRA weights. Videos of 5 or of 10 seconds."
  },
  {
    "id": "wavespeed-ai/wan-2.1/i2v-480p-lora-ultra-fast",
    "name": "WAN_2_1_I2V_480P_LORA_ULTRA_FAST",
    "family": "I2VLora",
    "input": "I2VLora480pUltraFastInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/i2v-480p-lora-ultra-fast",
    "price": 0.125,
    "type": "lora-support",
    "title": "Wan 2.1 I2V 480p LoRA Ultra Fast",
    "description": "The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts."
  },
  {
    "id": "wavespeed-ai/wan-2.1/i2v-720p-lora",
    "name": "WAN_2_1_I2V_720P_LORA",
    "family": "I2VLora",
    "input": "I2VLora720pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/i2v-720p-lora",
    "price": 0.3,
    "type": "image-to-video",
    "title": "Wan 2.1 I2V 720p LoRA",
    "description": "Sets an image in motion at 720p as a prompt says, with LoRA weights. More detail than 480p, at a higher price."
  },
  {
    "id": "wavespeed-ai/wan-2.1/i2v-720p-lora-ultra-fast",
    "name": "WAN_2_1_I2V_720P_LORA_ULTRA_FAST",
    "family": "I2VLora",
    "input": "I2VLora720pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/i2v-720p-lora-ultra-fast",
    "price": 0.225,
    "type": "lora-support",
    "title": "Wan 2.1 I2V 720p LoRA Ultra Fast",
    "description": "The 720p model tuned for speed."
  },
  {
    "id": "wavespeed-ai/wan-2.1/t2v-480p-lora",
    "name": "WAN_2_1_T2V_480P_LORA",
    "family": "T2VLora",
    "input": "T2VLora480pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/t2v-480p-lora",
    "price": 0.2,
    "type": "lora-support",
    "title": "Wan 2.1 T2V 480p LoRA",
    "description": "Makes a video at 480p from a prompt alone, with LoRA weights."
  },
  {
    "id": "wavespeed-ai/wan-2.1/t2v-480p-lora-ultra-fast",
    "name": "WAN_2_1_T2V_480P_LORA_ULTRA_FAST",
    "family": "T2VLora",
    "input": "T2VLora480pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/t2v-480p-lora-ultra-fast",
    "price": 0.125,
    "type": "lora-support",
    "title": "Wan 2.1 T2V 480p LoRA Ultra Fast",
    "description": "The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts."
  },
  {
    "id": "wavespeed-ai/wan-2.1/t2v-720p-lora",
    "name": "WAN_2_1_T2V_720P_LORA",
    "family": "T2VLora",
    "input": "T2VLora720pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/t2v-720p-lora",
    "price": 0.3,
    "type": "lora-support",
    "title": "Wan 2.1 T2V 720p LoRA",
    "description": "Makes a video at 720p from a prompt alone, with LoRA weights. More detail than 480p, at a higher price."
  },
  {
    "id": "wavespeed-ai/wan-2.1/t2v-720p-lora-ultra-fast",
    "name": "WAN_2_1_T2V_720P_LORA_ULTRA_FAST",
    "family": "T2VLora",
    "input": "T2VLora720pInput",
    "path": "/api/v3/wavespeed-ai/wan-2.1/t2v-720p-lora-ultra-fast",
    "price": 0.225,
    "type": "lora-support",
    "title": "Wan 2.1 T2V 720p LoRA Ultra Fast",
    "description": "The 720p model tuned for speed."
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
