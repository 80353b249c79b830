// Generated from openapi/wavespeed.yaml by npm run codegen. Do not edit.
// Types of the vendor’s operations and answers.

export interface paths {
    "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 V2V 480p LoRA
         * @description Restyles a source clip at 480p from a prompt, with LoRA weights. The usual choice: lower cost than 720p, and more steps than the ultra-fast variant.
         */
        post: operations["submitWan21V2V480pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 V2V 480p LoRA Ultra Fast
         * @description The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts and for finding the right prompt.
         */
        post: operations["submitWan21V2V480pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 V2V 720p LoRA
         * @description Restyles a source clip at 720p from a prompt, with LoRA weights. More detail than 480p, at a higher price.
         */
        post: operations["submitWan21V2V720pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 V2V 720p LoRA Ultra Fast
         * @description The 720p model tuned for speed, for results at 720p that need not wait for the full model.
         */
        post: operations["submitWan21V2V720pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/i2v-480p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 I2V 480p LoRA
         * @description Sets an image in motion at 480p as a prompt says, with LoRA weights. Videos of 5 or of 10 seconds.
         */
        post: operations["submitWan21I2V480pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/i2v-480p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 I2V 480p LoRA Ultra Fast
         * @description The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts.
         */
        post: operations["submitWan21I2V480pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/i2v-720p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 I2V 720p LoRA
         * @description Sets an image in motion at 720p as a prompt says, with LoRA weights. More detail than 480p, at a higher price.
         */
        post: operations["submitWan21I2V720pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/i2v-720p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 I2V 720p LoRA Ultra Fast
         * @description The 720p model tuned for speed.
         */
        post: operations["submitWan21I2V720pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/t2v-480p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 T2V 480p LoRA
         * @description Makes a video at 480p from a prompt alone, with LoRA weights.
         */
        post: operations["submitWan21T2V480pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/t2v-480p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 T2V 480p LoRA Ultra Fast
         * @description The 480p model tuned for speed: the cheapest and quickest of the four, good for drafts.
         */
        post: operations["submitWan21T2V480pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/t2v-720p-lora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 T2V 720p LoRA
         * @description Makes a video at 720p from a prompt alone, with LoRA weights. More detail than 480p, at a higher price.
         */
        post: operations["submitWan21T2V720pLora"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/wavespeed-ai/wan-2.1/t2v-720p-lora-ultra-fast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wan 2.1 T2V 720p LoRA Ultra Fast
         * @description The 720p model tuned for speed.
         */
        post: operations["submitWan21T2V720pLoraUltraFast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/predictions/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result of a prediction
         * @description The prediction as it stands. HTTP 200 for every known id, also for a failed prediction. Poll video at most every 5 seconds. This is the path of the model pages and of every official client.
         */
        get: operations["getPredictionResult"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/predictions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result of a prediction (the other documented path)
         * @description The path of the vendor's guides. That it answers the same body as `/result` is assumed: no page compares them.
         */
        get: operations["getPrediction"];
        put?: never;
        post?: never;
        /**
         * Delete one prediction
         * @description Shown by an outdated page only, and assumed to be there still; no official client uses it. Answers the prediction with the status `deleted`.
         */
        delete: operations["deletePrediction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/predictions/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result of a prediction (version 2)
         * @description Still called by the vendor's ComfyUI plugin for predictions made at version 3. That it answers as version 3 does is assumed.
         */
        get: operations["getPredictionResultV2"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List predictions
         * @description Predictions of the last 7 days, newest first.
         */
        post: operations["listPredictions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/predictions/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete predictions
         * @description Deletes predictions and their outputs for good. Unknown ids are ignored. The vendor advises against deleting running ones: whether that stops or refunds them is not documented.
         */
        post: operations["deletePredictions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Balance of the account
         * @description The money left on the account, in US dollars.
         */
        get: operations["getBalance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/model/price": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Price of a run
         * @description What a run of a model with these inputs would cost. Known from the vendor's own clients.
         */
        post: operations["getModelPrice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/model/pricing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Price of a run (the older operation)
         * @description The price of one run of a model. Still called by several clients; the inputs may be left out.
         */
        post: operations["getModelPricing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every model with its request schema
         * @description About a thousand models, on one page.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/billings/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What was charged and refunded
         * @description Entries of the account's bill, of which some name their prediction.
         */
        post: operations["searchBillings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/user/usage_stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Usage of the account
         * @description Requests and costs of a time of at most 31 days.
         */
        post: operations["getUsage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/webhook/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Secret that signs webhooks
         * @description The secret of this API key. The HMAC key is the secret without its `whsec_` prefix, as plain ASCII.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/media/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ticket for an upload
         * @description The flow of the current official clients: ask for a ticket, then PUT the bytes to `upload.url` with exactly `upload.headers` and without the API key. The file is then at `download_url`.
         */
        post: operations["createUploadTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/media/upload/binary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file directly
         * @description One multipart request with the file. Above 300 MB the vendor asks for a URL instead.
         */
        post: operations["uploadBinary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/media/upload/binary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file directly (version 2)
         * @description Still called by the vendor's ComfyUI plugin. That it answers as version 3 does is assumed.
         */
        post: operations["uploadBinaryV2"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    predictionFinished: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A prediction has finished
         * @description Sent to the `webhook` URL of a submit when the prediction is completed or failed. The body is the bare prediction, without an envelope. Tried again up to 3 times with growing pauses when it is not answered with 2xx.
         */
        post: operations["predictionFinished"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * A video-to-video job with LoRAs
         * @description Input of the Wan 2.1 video-to-video LoRA models. Whether unknown keys are dropped or refused is not sure: clients say either, the published schemas do not allow them. That they are dropped without a word is assumed.
         */
        V2VLoraInput: {
            /**
             * Source clip
             * Format: http-url
             * @description The http(s) URL of the source clip.
             */
            video: string;
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             */
            duration?: number;
            /**
             * Strength
             * @description How far the result may depart from the source clip; the higher, the further.
             * @default 0.9
             */
            strength?: number;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 3
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /**
         * An image-to-video job with LoRAs
         * @description Input of the Wan 2.1 image-to-video LoRA model at 480p.
         */
        I2VLora480pInput: {
            /**
             * First image
             * Format: http-url
             * @description The http(s) URL of the image that the video begins with.
             */
            image: string;
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Size
             * @description Width and height of the video in pixels.
             * @default 832*480
             * @enum {string}
             */
            size?: "832*480" | "480*832";
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             * @enum {integer}
             */
            duration?: 5 | 10;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 3
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /**
         * An image-to-video job with LoRAs
         * @description Input of its ultra-fast variant.
         */
        I2VLora480pUltraFastInput: {
            /**
             * First image
             * Format: http-url
             * @description The http(s) URL of the image that the video begins with.
             */
            image: string;
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Size
             * @description Width and height of the video in pixels.
             * @default 832*480
             * @enum {string}
             */
            size?: "832*480" | "480*832";
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             */
            duration?: number;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 3
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /**
         * An image-to-video job with LoRAs
         * @description Input of the Wan 2.1 image-to-video LoRA models at 720p.
         */
        I2VLora720pInput: {
            /**
             * First image
             * Format: http-url
             * @description The http(s) URL of the image that the video begins with.
             */
            image: string;
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Size
             * @description Width and height of the video in pixels.
             * @default 1280*720
             * @enum {string}
             */
            size?: "1280*720" | "720*1280";
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             */
            duration?: number;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 5
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /**
         * A text-to-video job with LoRAs
         * @description Input of the Wan 2.1 text-to-video LoRA models at 480p.
         */
        T2VLora480pInput: {
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Size
             * @description Width and height of the video in pixels.
             * @default 832*480
             * @enum {string}
             */
            size?: "832*480" | "480*832";
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             */
            duration?: number;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 3
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /**
         * A text-to-video job with LoRAs
         * @description Input of the Wan 2.1 text-to-video LoRA models at 720p.
         */
        T2VLora720pInput: {
            /**
             * Prompt
             * @description What the video should show.
             */
            prompt: string;
            /**
             * Negative prompt
             * @description What the video should not show.
             */
            negative_prompt?: string;
            /**
             * LoRAs
             * @description LoRA weights to apply.
             * @default []
             */
            loras?: components["schemas"]["LoraWeight"][];
            /**
             * Size
             * @description Width and height of the video in pixels.
             * @default 1280*720
             * @enum {string}
             */
            size?: "1280*720" | "720*1280";
            /**
             * Steps
             * @description Number of denoising steps. More steps take longer and show more detail.
             * @default 30
             */
            num_inference_steps?: number;
            /**
             * Duration in seconds
             * @description Length of the generated video in seconds. Exactly 10 seconds cost 1.5 times the price of any other length.
             * @default 5
             */
            duration?: number;
            /**
             * Guidance
             * @description How closely the result follows the prompt; the higher, the closer.
             * @default 5
             */
            guidance_scale?: number;
            /**
             * Flow shift
             * @description Shift of the flow-matching schedule, which balances motion against stability.
             * @default 5
             */
            flow_shift?: number;
            /**
             * Seed
             * @description Seed of the random numbers. The same seed and input give the same video; -1 draws one at random.
             * @default -1
             */
            seed?: number;
        };
        /** @description A LoRA and how strongly it is applied. */
        LoraWeight: {
            /**
             * LoRA
             * Format: lora-path
             * @description A Hugging Face model as owner/model, or the http(s) URL of a weights file.
             */
            path: string;
            /**
             * Scale
             * @description How strongly the LoRA is applied.
             * @default 1
             */
            scale?: number;
        };
        /** @description State of a prediction. An open set: created and processing go on; completed is success; failed, cancelled, timeout and deleted are ends without a result. Treat any other value as not finished. */
        PredictionStatus: "created" | "processing" | "completed" | "failed" | "cancelled" | "timeout" | "deleted" | (string & {});
        /** @description One run of a model. */
        Prediction: {
            /** @description Id of the prediction. */
            id: string;
            /** @description Id of the model. */
            model?: string;
            status: components["schemas"]["PredictionStatus"];
            /** @description Results, empty until completed: URLs for video models, text or objects for some others. Kept for 7 days. That it may be null, and that there are never more than 100, is assumed. */
            outputs?: (string | {
                [key: string]: unknown;
            })[] | null;
            /** @description Addresses of the prediction. That it may be null is assumed. */
            urls?: {
                /** @description Address of the result; with and without `/result` both occur. */
                get?: string;
            } | null;
            /** @description For each output, whether it was found unsafe. May be missing or null; that one of its items may be null is assumed. */
            has_nsfw_contents?: (boolean | null)[] | null;
            /** @description RFC 3339 time in UTC, with up to nine digits of a second. Not checked, since a job can do without it; that it may be null is assumed. */
            created_at?: string | null;
            /** @description What went wrong; empty when nothing did. That it may be null is assumed. */
            error?: string | null;
            /** @description 0, or a task code: 1200 content moderation, 1400 missing parameter, 1401 invalid parameter, 1402 media not reachable, 1403 could not be completed, 1405 failed, 5000 internal error, 5003 unavailable, 5004 timeout. */
            code?: number;
            /** @description Milliseconds of the run. That it may be null is assumed. */
            executionTime?: number | null;
            /** @description Durations of the run. That it may be null is assumed. */
            timings?: {
                /** @description Milliseconds of inference. That it may be null is assumed. */
                inference?: number | null;
            } | null;
            /** @description The inputs, echoed by some answers. That it may be null is assumed. */
            input?: {
                [key: string]: unknown;
            } | null;
            /** @description The inputs, echoed by some answers under this name. That it may be null is assumed. */
            inputs?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description Envelope of one prediction. */
        PredictionEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: components["schemas"]["Prediction"];
        };
        /** @description 200 on success; anything else is an error, also on HTTP 200. */
        EnvelopeCode: number;
        /** @description Text for people. */
        EnvelopeMessage: string;
        /** @description Which predictions to list. */
        PredictionListRequest: {
            /**
             * @description Number of the page, from 1.
             * @default 1
             */
            page: number;
            /**
             * @description Predictions on a page.
             * @default 100
             */
            page_size: number;
            /** @description Only predictions of this model id. */
            model?: string;
            /** @description Only predictions in this status. */
            status?: string;
            /**
             * Format: date-time
             * @description Only predictions created at this time or later.
             */
            created_after?: string;
            /**
             * Format: date-time
             * @description Only predictions created at this time or earlier.
             */
            created_before?: string;
            /**
             * @description Whether the items carry their inputs. Known from the vendor's own clients.
             * @default false
             */
            include_inputs?: boolean;
        };
        /** @description Envelope of a page of predictions. */
        PredictionListEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description Number of the page. */
                page?: number;
                /** @description Predictions on all pages; older answers carry it. */
                total?: number;
                /** @description The predictions, newest first. That it may be null when there are none is assumed. */
                items: components["schemas"]["Prediction"][] | null;
            };
        };
        /** @description Which predictions to delete. */
        DeleteRequest: {
            /** @description Prediction ids; unknown ones are ignored. */
            ids: string[];
        };
        /** @description Envelope of a deletion. */
        DeleteEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description How many were deleted. */
                deleted_count: number;
            };
        };
        /** @description Envelope of the balance. */
        BalanceEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description US dollars. */
                balance: number;
            };
        };
        /** @description What to quote. */
        PricingRequest: {
            /** @description Id of the model. */
            model_id: string;
            /** @description Inputs of the run; what is missing counts as its default. */
            inputs?: {
                [key: string]: unknown;
            };
        };
        /** @description Envelope of a price. */
        PricingEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description Id of the model. */
                model_id: string;
                /** @description Price of one run. */
                unit_price: number;
                /** @description Currency of the price. */
                currency?: string;
            };
        };
        /** @description Envelope of the models. */
        ModelListEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: components["schemas"]["VendorModel"][];
        };
        /** @description A model of the vendor's list, as far as it has to be known to be written into this document. */
        VendorModel: {
            /** @description Id of the model, which is its path below `/api/v3/`. */
            model_id: string;
            /** @description Name of the model. */
            name?: string;
            /** @description What it is good for. */
            description?: string;
            /** @description US dollars of a run with its defaults. */
            base_price?: number;
            /** @description Kind of the model, which tells what it makes. */
            type: string;
            /** @description Its operations. */
            api_schema: {
                /** @description The operations; the one that runs the model is of the type `model_run`. */
                api_schemas: ({
                    /** @description Kind of the operation. */
                    type: string;
                    /** @description Its path. */
                    api_path: string;
                    /** @description JSON Schema of its body. */
                    request_schema: {
                        /** @description The parameters by their names. */
                        properties: {
                            [key: string]: {
                                [key: string]: unknown;
                            };
                        };
                        /** @description Names of those that a run needs. */
                        required?: string[];
                        /** @description The names in the order in which people meet them. */
                        "x-order-properties"?: string[];
                    } & {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                })[];
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
        /** @description Which entries of the bill. */
        BillingRequest: {
            /**
             * @description Number of the page, from 1.
             * @default 1
             */
            page?: number;
            /**
             * @description Entries on a page.
             * @default 10
             */
            page_size?: number;
            /** @description Only entries of this kind. */
            billing_type?: "deduct" | "refund" | (string & {});
            /** @description Only entries of these predictions. */
            prediction_uuids?: string[];
        };
        /** @description Envelope of a page of the bill. */
        BillingEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description Number of the page. */
                page?: number;
                /** @description Entries on all pages. */
                total?: number;
                /** @description The entries, newest first. */
                items: {
                    [key: string]: unknown;
                }[];
            };
        };
        /** @description Of which time. */
        UsageRequest: {
            /**
             * Format: date-time
             * @description Its beginning.
             */
            start_time?: string;
            /**
             * Format: date-time
             * @description Its end.
             */
            end_time?: string;
            /** @description Only this model. */
            model_uuid?: string;
        };
        /** @description Envelope of the usage. */
        UsageEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description Sums over the time. */
                summary: {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
        };
        /** @description What to quote. Partial inputs are quoted at the base price. */
        PriceRequest: {
            /** @description Id of the model. */
            model_id: string;
            /** @description Inputs of the run; what is missing counts as its default. */
            inputs: {
                [key: string]: unknown;
            };
        };
        /** @description Envelope of a price. */
        PriceEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                /** @description Id of the model. */
                model_id?: string;
                /** @description Price before discounts. */
                price: number;
                /** @description Price that is charged. */
                discounted_price?: number;
                /** @description Discount of the account. */
                discount_rate?: number;
                /** @description Currency of the prices. That they are in US dollars where it is missing is assumed. */
                currency?: string;
            };
        };
        /** @description The webhook secret, in an envelope or bare. */
        WebhookSecretAnswer: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: components["schemas"]["WebhookSecret"];
        } | components["schemas"]["WebhookSecret"];
        /** @description The secret of an API key. */
        WebhookSecret: {
            /** @description The secret with its `whsec_` prefix. */
            secret: string;
        };
        /** @description The file to be uploaded. */
        UploadTicketRequest: {
            /** @description Name of the file with its ending. */
            filename: string;
            /** @description Number of bytes. That it may not be 0 is assumed. */
            size: number;
            /** @description Media type of the file. Clients upload other kinds than media too, such as archives and subtitles. */
            content_type?: string;
        };
        /** @description Envelope of an upload ticket. */
        UploadTicketEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                type?: components["schemas"]["MediaType"];
                /** @description Address of the file once it is uploaded. */
                download_url: string;
                /** @description Name of the file. */
                filename?: string;
                /** @description Number of bytes. */
                size?: number;
                /** @description The request that carries the bytes. */
                upload: {
                    /**
                     * @description HTTP method.
                     * @default PUT
                     */
                    method?: string;
                    /** @description Address to send the bytes to, without the API key. */
                    url: string;
                    /** @description Headers to send exactly as they are. */
                    headers?: {
                        [key: string]: string;
                    };
                    /** @description When the ticket ends. */
                    expires_at?: string;
                };
            };
        };
        /** @description Envelope of an uploaded file. */
        UploadEnvelope: {
            code: components["schemas"]["EnvelopeCode"];
            message?: components["schemas"]["EnvelopeMessage"];
            data: {
                type?: components["schemas"]["MediaType"];
                /** @description Address of the file. Assumed to be kept for 7 days, since only an outdated page says so. */
                download_url: string;
                /** @description Name of the file. */
                filename?: string;
                /** @description Number of bytes. */
                size?: number;
            };
        };
        /** @description Kind of the file. */
        MediaType: "image" | "video" | "audio" | (string & {});
        /** @description Body of an error. Assumed from what the official clients read, since no literal error body is published. */
        ErrorBody: {
            /** @description Usually the HTTP status. */
            code: number;
            /** @description Text for people. */
            message: string;
            /** @description A name for the error; present on some. */
            error_code?: string;
            /** @description Null where there is nothing. */
            data?: unknown;
        };
    };
    responses: {
        /** @description The prediction in its envelope. */
        Prediction: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PredictionEnvelope"];
            };
        };
        /** @description A parameter is missing or wrong. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The key is missing, wrong or not yet activated; the message says invalid authentication. */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Assumed, since it was seen once and is not documented. The account has too little credit. */
        PaymentRequired: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The account is suspended, or the role of the key's creator is insufficient. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Assumed, since only an outdated page lists it. The id or the model is unknown. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description Assumed, since only an outdated page lists it. The file is too large. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The limit of videos per minute is reached (it resets every minute), or, by one report, the limit of concurrent tasks. */
        TooManyRequests: {
            headers: {
                /** @description Assumed, since the vendor never mentions it. Seconds to wait; do not rely on it. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description A fault of the server or of the gateway before it, whose body need not be JSON. */
        ServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
    };
    parameters: {
        /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
        Webhook: string;
        /** @description Id of the prediction, as the submit answered it; 32 hex characters in the vendor's examples. */
        PredictionId: string;
    };
    requestBodies: {
        V2VLora: {
            content: {
                "application/json": components["schemas"]["V2VLoraInput"];
            };
        };
        I2VLora480p: {
            content: {
                "application/json": components["schemas"]["I2VLora480pInput"];
            };
        };
        I2VLora480pUltraFast: {
            content: {
                "application/json": components["schemas"]["I2VLora480pUltraFastInput"];
            };
        };
        I2VLora720p: {
            content: {
                "application/json": components["schemas"]["I2VLora720pInput"];
            };
        };
        T2VLora480p: {
            content: {
                "application/json": components["schemas"]["T2VLora480pInput"];
            };
        };
        T2VLora720p: {
            content: {
                "application/json": components["schemas"]["T2VLora720pInput"];
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    submitWan21V2V480pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["V2VLora"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21V2V480pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["V2VLora"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21V2V720pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["V2VLora"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21V2V720pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["V2VLora"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21I2V480pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["I2VLora480p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21I2V480pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["I2VLora480pUltraFast"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21I2V720pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["I2VLora720p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21I2V720pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["I2VLora720p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21T2V480pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["T2VLora480p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21T2V480pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["T2VLora480p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21T2V720pLora: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["T2VLora720p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    submitWan21T2V720pLoraUltraFast: {
        parameters: {
            query?: {
                /** @description Public HTTPS URL that is told when the prediction has finished. Percent-encode it. */
                webhook?: components["parameters"]["Webhook"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["T2VLora720p"];
        responses: {
            200: components["responses"]["Prediction"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentRequired"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getPredictionResult: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prediction, as the submit answered it; 32 hex characters in the vendor's examples. */
                id: components["parameters"]["PredictionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prediction"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getPrediction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prediction, as the submit answered it; 32 hex characters in the vendor's examples. */
                id: components["parameters"]["PredictionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prediction"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    deletePrediction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prediction, as the submit answered it; 32 hex characters in the vendor's examples. */
                id: components["parameters"]["PredictionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prediction"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getPredictionResultV2: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prediction, as the submit answered it; 32 hex characters in the vendor's examples. */
                id: components["parameters"]["PredictionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prediction"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listPredictions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictionListRequest"];
            };
        };
        responses: {
            /** @description One page of predictions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictionListEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    deletePredictions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteRequest"];
            };
        };
        responses: {
            /** @description How many were deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeleteEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getBalance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The balance. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BalanceEnvelope"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getModelPrice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriceRequest"];
            };
        };
        responses: {
            /** @description The price. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getModelPricing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PricingRequest"];
            };
        };
        responses: {
            /** @description The price. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricingEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelListEnvelope"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    searchBillings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillingRequest"];
            };
        };
        responses: {
            /** @description One page of entries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BillingEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UsageRequest"];
            };
        };
        responses: {
            /** @description The usage. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    getWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecretAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    createUploadTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadTicketRequest"];
            };
        };
        responses: {
            /** @description Where and how to put the bytes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadTicketEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    uploadBinary: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description The file's bytes.
                     */
                    file: Blob;
                };
            };
        };
        responses: {
            /** @description Where the file is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    uploadBinaryV2: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description The file's bytes.
                     */
                    file: Blob;
                };
            };
        };
        responses: {
            /** @description Where the file is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    predictionFinished: {
        parameters: {
            query?: never;
            header: {
                /** @description Identifies the event; in the vendor's sample it equals the prediction id. */
                "webhook-id": string;
                /** @description Unix seconds. Reject when it is more than 300 s away, in either direction. */
                "webhook-timestamp": string;
                /** @description `v3,` and the lower-case hex HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{raw body}`. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Prediction"];
            };
        };
        responses: {
            /** @description Received. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not accepted; the vendor tries again. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
