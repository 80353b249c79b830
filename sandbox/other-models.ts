/**
 * What the vendor offers besides the models of the document: some of its thousand, as `GET /models` lists them, to be
 * added with `npm run models`. They are listed only; one that was added is served like every other.
 */
export const otherModels = [
  row('wavespeed-ai/wan-2.2/image-to-video-lora', 'lora-support', 0.2, {
    description:
      'Sets an image in motion, with LoRA weights for either half of the way from noise to picture.',
    required: ['prompt', 'image'],
    properties: {
      prompt: { type: 'string', description: 'The positive prompt.' },
      image: { type: 'string', description: 'The image to begin with.' },
      resolution: {
        type: 'string',
        description: 'Resolution of the video.',
        enum: ['480p', '720p'],
        default: '480p',
      },
      negative_prompt: { type: 'string', description: 'The negative prompt.' },
      last_image: { type: 'string', description: 'The image to end with.', 'x-ui-component': 'uploader' },
      duration: { type: 'integer', description: 'Length in seconds.', enum: [5, 8], default: 5 },
      loras: loras('LoRA weights for the whole way.'),
      high_noise_loras: loras('LoRA weights for the noisy half.'),
      low_noise_loras: loras('LoRA weights for the clear half.'),
      seed: { type: 'integer', description: 'The seed; -1 draws one at random.', default: -1 },
    },
  }),
  row('wavespeed-ai/flux-schnell', 'text-to-image', 0.003, {
    description: 'Makes an image from a prompt within seconds.',
    required: ['prompt'],
    properties: {
      prompt: { type: 'string', description: 'The positive prompt.' },
      image: { type: 'string' },
      mask_image: {
        type: 'string',
        description: 'White where the image is made anew, black where it is kept.',
      },
      strength: {
        type: 'number',
        description: 'How far to go from the image.',
        minimum: 0,
        maximum: 1,
        default: 0.8,
      },
      size: { type: 'string', description: 'Width and height in pixels.', default: '1024*1024' },
      num_images: { type: 'integer', description: 'How many images.', minimum: 1, maximum: 4, default: 1 },
      seed: { type: 'integer', description: 'The seed; -1 draws one at random.', default: -1 },
      output_format: { type: 'string', enum: ['jpeg', 'png', 'webp'], default: 'jpeg' },
      enable_base64_output: {
        type: 'boolean',
        description: 'Answer Base64.',
        default: false,
        disabled: true,
      },
      enable_sync_mode: {
        type: 'boolean',
        description: 'Answer when it is done.',
        default: false,
        disabled: true,
      },
    },
  }),
  row('wavespeed-ai/any-llm', 'llm', 0.001, {
    description: 'Answers in words.',
    required: ['prompt'],
    properties: { prompt: { type: 'string', description: 'The question.', maxLength: 10_000 } },
  }),
] as const

function loras(description: string): object {
  return {
    type: 'array',
    description,
    maxItems: 3,
    'x-ui-component': 'loras',
    items: {
      type: 'object',
      required: ['path'],
      properties: {
        path: { type: 'string', description: 'URL or path of the LoRA weights.' },
        scale: { type: 'number', description: 'Scale of the weights.', minimum: 0, maximum: 4, default: 1 },
      },
      'x-order-properties': ['path', 'scale'],
    },
  }
}

interface Body {
  readonly description: string
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, object>>
}

function row(id: string, type: string, price: number, { description, required, properties }: Body) {
  return {
    model_id: id,
    name: id,
    base_price: price,
    description,
    type,
    sort_order: 100,
    api_schema: {
      api_schemas: [
        {
          type: 'model_run',
          method: 'POST',
          server: 'https://api.wavespeed.ai',
          api_path: `/api/v3/${id}`,
          request_schema: {
            type: 'object',
            properties,
            required,
            'x-order-properties': Object.keys(properties),
            additionalProperties: false,
          },
        },
      ],
    },
  }
}
