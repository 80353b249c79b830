// Generated from openapi/wavespeed.yaml by npm run codegen. Do not edit.
// Run-time checks of requests and answers.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { components } from './wavespeed.ts'

/** The schemas of the document by name. */
export type Schemas = components['schemas']

/** A type guard that leaves what it found in `errors`; every error of the value, each with its `parentSchema`. */
export type Validator<T> = ValidateFunction<T>

let ajv: Ajv2020 | undefined

/**
 * A validator of one schema of the document. It is compiled at the first call and kept, so that every caller shares one
 * function: read `errors` right after the call it belongs to.
 */
export function createValidator<Name extends keyof Schemas>(name: Name): Validator<Schemas[Name]> {
  if (!ajv) {
    ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true })
    formats.default(ajv)
    ajv.addFormat('http-url', isHttpUrl)
    ajv.addFormat('lora-path', (text: string) => /^[^\s/:]+\/[^\s/:]+$/.test(text) || isHttpUrl(text))
    ajv.addSchema({ $id: 'wavespeed', $defs: definitions })
  }
  const validator = ajv.getSchema<Schemas[Name]>(`wavespeed#/$defs/${name}`)
  if (!validator) throw new Error(`The document has no schema ${name}`)
  return validator as Validator<Schemas[Name]>
}

function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol)
  } catch {
    return false
  }
}

const definitions = {
  "V2VLoraInput": {
    "type": "object",
    "title": "A video-to-video job with LoRAs",
    "description": "Input of the Wan 2.1 video-to-video LoRA models. Whether unknown keys are dropped or refused is not sure: clients say either, the published schemas do not allow them. That they are dropped without a word is assumed.",
    "required": [
      "video",
      "prompt"
    ],
    "properties": {
      "video": {
        "type": "string",
        "title": "Source clip",
        "minLength": 1,
        "maxLength": 8192,
        "format": "http-url",
        "description": "The http(s) URL of the source clip."
      },
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
        "minimum": 5,
        "maximum": 10,
        "default": 5
      },
      "strength": {
        "type": "number",
        "title": "Strength",
        "description": "How far the result may depart from the source clip; the higher, the further.",
        "minimum": 0.1,
        "maximum": 1,
        "default": 0.9
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 3
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "I2VLora480pInput": {
    "type": "object",
    "title": "An image-to-video job with LoRAs",
    "description": "Input of the Wan 2.1 image-to-video LoRA model at 480p.",
    "required": [
      "image",
      "prompt"
    ],
    "properties": {
      "image": {
        "type": "string",
        "title": "First image",
        "minLength": 1,
        "maxLength": 8192,
        "format": "http-url",
        "description": "The http(s) URL of the image that the video begins with."
      },
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "size": {
        "type": "string",
        "title": "Size",
        "enum": [
          "832*480",
          "480*832"
        ],
        "default": "832*480",
        "description": "Width and height of the video in pixels."
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "enum": [
          5,
          10
        ],
        "default": 5,
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length."
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 3
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "I2VLora480pUltraFastInput": {
    "type": "object",
    "title": "An image-to-video job with LoRAs",
    "description": "Input of its ultra-fast variant.",
    "required": [
      "image",
      "prompt"
    ],
    "properties": {
      "image": {
        "type": "string",
        "title": "First image",
        "minLength": 1,
        "maxLength": 8192,
        "format": "http-url",
        "description": "The http(s) URL of the image that the video begins with."
      },
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "size": {
        "type": "string",
        "title": "Size",
        "enum": [
          "832*480",
          "480*832"
        ],
        "default": "832*480",
        "description": "Width and height of the video in pixels."
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
        "minimum": 5,
        "maximum": 10,
        "default": 5
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 3
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "I2VLora720pInput": {
    "type": "object",
    "title": "An image-to-video job with LoRAs",
    "description": "Input of the Wan 2.1 image-to-video LoRA models at 720p.",
    "required": [
      "image",
      "prompt"
    ],
    "properties": {
      "image": {
        "type": "string",
        "title": "First image",
        "minLength": 1,
        "maxLength": 8192,
        "format": "http-url",
        "description": "The http(s) URL of the image that the video begins with."
      },
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "size": {
        "type": "string",
        "title": "Size",
        "enum": [
          "1280*720",
          "720*1280"
        ],
        "default": "1280*720",
        "description": "Width and height of the video in pixels."
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
        "minimum": 5,
        "maximum": 10,
        "default": 5
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 5
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "T2VLora480pInput": {
    "type": "object",
    "title": "A text-to-video job with LoRAs",
    "description": "Input of the Wan 2.1 text-to-video LoRA models at 480p.",
    "required": [
      "prompt"
    ],
    "properties": {
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "size": {
        "type": "string",
        "title": "Size",
        "enum": [
          "832*480",
          "480*832"
        ],
        "default": "832*480",
        "description": "Width and height of the video in pixels."
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
        "minimum": 5,
        "maximum": 10,
        "default": 5
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 3
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "T2VLora720pInput": {
    "type": "object",
    "title": "A text-to-video job with LoRAs",
    "description": "Input of the Wan 2.1 text-to-video LoRA models at 720p.",
    "required": [
      "prompt"
    ],
    "properties": {
      "prompt": {
        "type": "string",
        "title": "Prompt",
        "minLength": 1,
        "maxLength": 10000,
        "pattern": "\\S",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should show."
      },
      "negative_prompt": {
        "type": "string",
        "title": "Negative prompt",
        "maxLength": 10000,
        "not": {
          "pattern": "\\u0000"
        },
        "description": "What the video should not show."
      },
      "loras": {
        "type": "array",
        "title": "LoRAs",
        "description": "LoRA weights to apply.",
        "maxItems": 3,
        "default": [],
        "items": {
          "$ref": "#/$defs/LoraWeight"
        }
      },
      "size": {
        "type": "string",
        "title": "Size",
        "enum": [
          "1280*720",
          "720*1280"
        ],
        "default": "1280*720",
        "description": "Width and height of the video in pixels."
      },
      "num_inference_steps": {
        "type": "integer",
        "title": "Steps",
        "description": "Number of denoising steps. More steps take longer and show more detail.",
        "minimum": 1,
        "maximum": 40,
        "default": 30
      },
      "duration": {
        "type": "integer",
        "title": "Duration in seconds",
        "description": "Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.",
        "minimum": 5,
        "maximum": 10,
        "default": 5
      },
      "guidance_scale": {
        "type": "number",
        "title": "Guidance",
        "description": "How closely the result follows the prompt; the higher, the closer.",
        "minimum": 0,
        "maximum": 20,
        "default": 5
      },
      "flow_shift": {
        "type": "number",
        "title": "Flow shift",
        "description": "Shift of the flow-matching schedule, which balances motion against stability.",
        "minimum": 1,
        "maximum": 10,
        "default": 5
      },
      "seed": {
        "type": "integer",
        "title": "Seed",
        "description": "Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.",
        "minimum": -1,
        "maximum": 2147483647,
        "default": -1
      }
    }
  },
  "LoraWeight": {
    "type": "object",
    "description": "A LoRA and how strongly it is applied.",
    "required": [
      "path"
    ],
    "properties": {
      "path": {
        "type": "string",
        "title": "LoRA",
        "minLength": 1,
        "maxLength": 8192,
        "format": "lora-path",
        "not": {
          "pattern": "\\u0000"
        },
        "description": "A Hugging Face model as owner/model, or the http(s) URL of a weights file."
      },
      "scale": {
        "type": "number",
        "title": "Scale",
        "description": "How strongly the LoRA is applied.",
        "minimum": 0,
        "maximum": 4,
        "default": 1
      }
    }
  },
  "PredictionStatus": {
    "type": "string",
    "minLength": 1,
    "description": "State of a prediction. An open set: created and processing go on; completed is success; failed, cancelled, timeout and deleted are ends without a result. Treat any other value as not finished."
  },
  "Prediction": {
    "type": "object",
    "description": "One run of a model.",
    "required": [
      "id",
      "status"
    ],
    "properties": {
      "id": {
        "type": "string",
        "minLength": 1,
        "description": "Id of the prediction."
      },
      "model": {
        "type": "string",
        "description": "Id of the model."
      },
      "status": {
        "$ref": "#/$defs/PredictionStatus"
      },
      "outputs": {
        "type": [
          "array",
          "null"
        ],
        "description": "Results, empty until completed: URLs for video models, text or objects for some others. Kept for 7 days. That it may be null, and that there are never more than 100, is assumed.",
        "maxItems": 100,
        "items": {
          "anyOf": [
            {
              "type": "string"
            },
            {
              "type": "object",
              "additionalProperties": true
            }
          ]
        }
      },
      "urls": {
        "type": [
          "object",
          "null"
        ],
        "description": "Addresses of the prediction. That it may be null is assumed.",
        "properties": {
          "get": {
            "type": "string",
            "description": "Address of the result; with and without `/result` both occur."
          }
        }
      },
      "has_nsfw_contents": {
        "type": [
          "array",
          "null"
        ],
        "description": "For each output, whether it was found unsafe. May be missing or null; that one of its items may be null is assumed.",
        "items": {
          "type": [
            "boolean",
            "null"
          ]
        }
      },
      "created_at": {
        "type": [
          "string",
          "null"
        ],
        "description": "RFC 3339 time in UTC, with up to nine digits of a second. Not checked, since a job can do without it; that it may be null is assumed."
      },
      "error": {
        "type": [
          "string",
          "null"
        ],
        "description": "What went wrong; empty when nothing did. That it may be null is assumed."
      },
      "code": {
        "type": "integer",
        "description": "0, or a task code: 1200 content moderation, 1400 missing parameter, 1401 invalid parameter, 1402 media not reachable, 1403 could not be completed, 1405 failed, 5000 internal error, 5003 unavailable, 5004 timeout."
      },
      "executionTime": {
        "type": [
          "number",
          "null"
        ],
        "description": "Milliseconds of the run. That it may be null is assumed."
      },
      "timings": {
        "type": [
          "object",
          "null"
        ],
        "description": "Durations of the run. That it may be null is assumed.",
        "properties": {
          "inference": {
            "type": [
              "number",
              "null"
            ],
            "description": "Milliseconds of inference. That it may be null is assumed."
          }
        }
      },
      "input": {
        "type": [
          "object",
          "null"
        ],
        "description": "The inputs, echoed by some answers. That it may be null is assumed.",
        "additionalProperties": true
      },
      "inputs": {
        "type": [
          "object",
          "null"
        ],
        "description": "The inputs, echoed by some answers under this name. That it may be null is assumed.",
        "additionalProperties": true
      }
    }
  },
  "PredictionEnvelope": {
    "type": "object",
    "description": "Envelope of one prediction.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "$ref": "#/$defs/Prediction"
      }
    }
  },
  "EnvelopeCode": {
    "type": "integer",
    "description": "200 on success; anything else is an error, also on HTTP 200."
  },
  "EnvelopeMessage": {
    "type": "string",
    "description": "Text for people."
  },
  "PredictionListRequest": {
    "type": "object",
    "description": "Which predictions to list.",
    "required": [
      "page",
      "page_size"
    ],
    "properties": {
      "page": {
        "type": "integer",
        "description": "Number of the page, from 1.",
        "minimum": 1,
        "default": 1
      },
      "page_size": {
        "type": "integer",
        "description": "Predictions on a page.",
        "minimum": 1,
        "maximum": 100,
        "default": 100
      },
      "model": {
        "type": "string",
        "description": "Only predictions of this model id."
      },
      "status": {
        "type": "string",
        "description": "Only predictions in this status."
      },
      "created_after": {
        "type": "string",
        "format": "date-time",
        "description": "Only predictions created at this time or later."
      },
      "created_before": {
        "type": "string",
        "format": "date-time",
        "description": "Only predictions created at this time or earlier."
      },
      "include_inputs": {
        "type": "boolean",
        "description": "Whether the items carry their inputs. Known from the vendor's own clients.",
        "default": false
      }
    }
  },
  "PredictionListEnvelope": {
    "type": "object",
    "description": "Envelope of a page of predictions.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "page": {
            "type": "integer",
            "description": "Number of the page."
          },
          "total": {
            "type": "integer",
            "description": "Predictions on all pages; older answers carry it."
          },
          "items": {
            "type": [
              "array",
              "null"
            ],
            "description": "The predictions, newest first. That it may be null when there are none is assumed.",
            "items": {
              "$ref": "#/$defs/Prediction"
            }
          }
        }
      }
    }
  },
  "DeleteRequest": {
    "type": "object",
    "description": "Which predictions to delete.",
    "required": [
      "ids"
    ],
    "properties": {
      "ids": {
        "type": "array",
        "description": "Prediction ids; unknown ones are ignored.",
        "minItems": 1,
        "items": {
          "type": "string",
          "minLength": 1
        }
      }
    }
  },
  "DeleteEnvelope": {
    "type": "object",
    "description": "Envelope of a deletion.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "deleted_count"
        ],
        "properties": {
          "deleted_count": {
            "type": "integer",
            "description": "How many were deleted."
          }
        }
      }
    }
  },
  "BalanceEnvelope": {
    "type": "object",
    "description": "Envelope of the balance.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "balance"
        ],
        "properties": {
          "balance": {
            "type": "number",
            "description": "US dollars."
          }
        }
      }
    }
  },
  "PricingRequest": {
    "type": "object",
    "description": "What to quote.",
    "required": [
      "model_id"
    ],
    "properties": {
      "model_id": {
        "type": "string",
        "minLength": 1,
        "description": "Id of the model."
      },
      "inputs": {
        "type": "object",
        "description": "Inputs of the run; what is missing counts as its default.",
        "additionalProperties": true
      }
    }
  },
  "PricingEnvelope": {
    "type": "object",
    "description": "Envelope of a price.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "model_id",
          "unit_price"
        ],
        "properties": {
          "model_id": {
            "type": "string",
            "description": "Id of the model."
          },
          "unit_price": {
            "type": "number",
            "description": "Price of one run."
          },
          "currency": {
            "type": "string",
            "description": "Currency of the price."
          }
        }
      }
    }
  },
  "ModelListEnvelope": {
    "type": "object",
    "description": "Envelope of the models.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "array",
        "items": {
          "$ref": "#/$defs/VendorModel"
        }
      }
    }
  },
  "VendorModel": {
    "type": "object",
    "description": "A model of the vendor's list, as far as it has to be known to be written into this document.",
    "required": [
      "model_id",
      "type",
      "api_schema"
    ],
    "additionalProperties": true,
    "properties": {
      "model_id": {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)+$",
        "description": "Id of the model, which is its path below `/api/v3/`."
      },
      "name": {
        "type": "string",
        "description": "Name of the model."
      },
      "description": {
        "type": "string",
        "description": "What it is good for."
      },
      "base_price": {
        "type": "number",
        "minimum": 0,
        "description": "US dollars of a run with its defaults."
      },
      "type": {
        "type": "string",
        "description": "Kind of the model, which tells what it makes."
      },
      "api_schema": {
        "type": "object",
        "description": "Its operations.",
        "required": [
          "api_schemas"
        ],
        "additionalProperties": true,
        "properties": {
          "api_schemas": {
            "type": "array",
            "description": "The operations; the one that runs the model is of the type `model_run`.",
            "items": {
              "type": "object",
              "required": [
                "type",
                "api_path",
                "request_schema"
              ],
              "additionalProperties": true,
              "properties": {
                "type": {
                  "type": "string",
                  "description": "Kind of the operation."
                },
                "api_path": {
                  "type": "string",
                  "description": "Its path."
                },
                "request_schema": {
                  "type": "object",
                  "description": "JSON Schema of its body.",
                  "required": [
                    "properties"
                  ],
                  "additionalProperties": true,
                  "properties": {
                    "properties": {
                      "type": "object",
                      "description": "The parameters by their names.",
                      "additionalProperties": {
                        "type": "object",
                        "description": "A parameter.",
                        "additionalProperties": true
                      }
                    },
                    "required": {
                      "type": "array",
                      "description": "Names of those that a run needs.",
                      "items": {
                        "type": "string"
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  "BillingRequest": {
    "type": "object",
    "description": "Which entries of the bill.",
    "properties": {
      "page": {
        "type": "integer",
        "description": "Number of the page, from 1.",
        "minimum": 1,
        "default": 1
      },
      "page_size": {
        "type": "integer",
        "description": "Entries on a page.",
        "minimum": 1,
        "maximum": 100,
        "default": 10
      },
      "billing_type": {
        "type": "string",
        "description": "Only entries of this kind."
      },
      "prediction_uuids": {
        "type": "array",
        "description": "Only entries of these predictions.",
        "items": {
          "type": "string"
        }
      }
    }
  },
  "BillingEnvelope": {
    "type": "object",
    "description": "Envelope of a page of the bill.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "page": {
            "type": "integer",
            "description": "Number of the page."
          },
          "total": {
            "type": "integer",
            "description": "Entries on all pages."
          },
          "items": {
            "type": "array",
            "description": "The entries, newest first.",
            "items": {
              "type": "object",
              "additionalProperties": true
            }
          }
        }
      }
    }
  },
  "UsageRequest": {
    "type": "object",
    "description": "Of which time.",
    "properties": {
      "start_time": {
        "type": "string",
        "format": "date-time",
        "description": "Its beginning."
      },
      "end_time": {
        "type": "string",
        "format": "date-time",
        "description": "Its end."
      },
      "model_uuid": {
        "type": "string",
        "description": "Only this model."
      }
    }
  },
  "UsageEnvelope": {
    "type": "object",
    "description": "Envelope of the usage.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "summary"
        ],
        "additionalProperties": true,
        "properties": {
          "summary": {
            "type": "object",
            "description": "Sums over the time.",
            "additionalProperties": true
          }
        }
      }
    }
  },
  "PriceRequest": {
    "type": "object",
    "description": "What to quote. Partial inputs are quoted at the base price.",
    "required": [
      "model_id",
      "inputs"
    ],
    "properties": {
      "model_id": {
        "type": "string",
        "minLength": 1,
        "description": "Id of the model."
      },
      "inputs": {
        "type": "object",
        "description": "Inputs of the run; what is missing counts as its default.",
        "additionalProperties": true
      }
    }
  },
  "PriceEnvelope": {
    "type": "object",
    "description": "Envelope of a price.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "price"
        ],
        "properties": {
          "model_id": {
            "type": "string",
            "description": "Id of the model."
          },
          "price": {
            "type": "number",
            "description": "Price before discounts."
          },
          "discounted_price": {
            "type": "number",
            "description": "Price that is charged."
          },
          "discount_rate": {
            "type": "number",
            "description": "Discount of the account."
          },
          "currency": {
            "type": "string",
            "description": "Currency of the prices. That they are in US dollars where it is missing is assumed."
          }
        }
      }
    }
  },
  "WebhookSecretAnswer": {
    "description": "The webhook secret, in an envelope or bare.",
    "anyOf": [
      {
        "type": "object",
        "required": [
          "code",
          "data"
        ],
        "properties": {
          "code": {
            "$ref": "#/$defs/EnvelopeCode"
          },
          "message": {
            "$ref": "#/$defs/EnvelopeMessage"
          },
          "data": {
            "$ref": "#/$defs/WebhookSecret"
          }
        }
      },
      {
        "$ref": "#/$defs/WebhookSecret"
      }
    ]
  },
  "WebhookSecret": {
    "type": "object",
    "description": "The secret of an API key.",
    "required": [
      "secret"
    ],
    "properties": {
      "secret": {
        "type": "string",
        "minLength": 1,
        "description": "The secret with its `whsec_` prefix."
      }
    }
  },
  "UploadTicketRequest": {
    "type": "object",
    "description": "The file to be uploaded.",
    "required": [
      "filename",
      "size"
    ],
    "properties": {
      "filename": {
        "type": "string",
        "minLength": 1,
        "description": "Name of the file with its ending."
      },
      "size": {
        "type": "integer",
        "minimum": 1,
        "description": "Number of bytes. That it may not be 0 is assumed."
      },
      "content_type": {
        "type": "string",
        "description": "Media type of the file. Clients upload other kinds than media too, such as archives and subtitles."
      }
    }
  },
  "UploadTicketEnvelope": {
    "type": "object",
    "description": "Envelope of an upload ticket.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "download_url",
          "upload"
        ],
        "properties": {
          "type": {
            "$ref": "#/$defs/MediaType"
          },
          "download_url": {
            "type": "string",
            "minLength": 1,
            "description": "Address of the file once it is uploaded."
          },
          "filename": {
            "type": "string",
            "description": "Name of the file."
          },
          "size": {
            "type": "integer",
            "description": "Number of bytes."
          },
          "upload": {
            "type": "object",
            "description": "The request that carries the bytes.",
            "required": [
              "url"
            ],
            "properties": {
              "method": {
                "type": "string",
                "description": "HTTP method.",
                "default": "PUT"
              },
              "url": {
                "type": "string",
                "minLength": 1,
                "description": "Address to send the bytes to, without the API key."
              },
              "headers": {
                "type": "object",
                "description": "Headers to send exactly as they are.",
                "additionalProperties": {
                  "type": "string"
                }
              },
              "expires_at": {
                "type": "string",
                "description": "When the ticket ends."
              }
            }
          }
        }
      }
    }
  },
  "UploadEnvelope": {
    "type": "object",
    "description": "Envelope of an uploaded file.",
    "required": [
      "code",
      "data"
    ],
    "properties": {
      "code": {
        "$ref": "#/$defs/EnvelopeCode"
      },
      "message": {
        "$ref": "#/$defs/EnvelopeMessage"
      },
      "data": {
        "type": "object",
        "required": [
          "download_url"
        ],
        "properties": {
          "type": {
            "$ref": "#/$defs/MediaType"
          },
          "download_url": {
            "type": "string",
            "minLength": 1,
            "description": "Address of the file. Assumed to be kept for 7 days, since only an outdated page says so."
          },
          "filename": {
            "type": "string",
            "description": "Name of the file."
          },
          "size": {
            "type": "integer",
            "description": "Number of bytes."
          }
        }
      }
    }
  },
  "MediaType": {
    "type": "string",
    "minLength": 1,
    "description": "Kind of the file."
  },
  "ErrorBody": {
    "type": "object",
    "description": "Body of an error. Assumed from what the official clients read, since no literal error body is published.",
    "required": [
      "code",
      "message"
    ],
    "properties": {
      "code": {
        "type": "integer",
        "description": "Usually the HTTP status."
      },
      "message": {
        "type": "string",
        "description": "Text for people."
      },
      "error_code": {
        "type": "string",
        "description": "A name for the error; present on some."
      },
      "data": {
        "description": "Null where there is nothing."
      }
    }
  }
}
