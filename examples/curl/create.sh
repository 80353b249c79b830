curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' -d '{
  "query": "mutation ($input: CreateV2VLoraJobInput!) { createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id state } } ... on Error { code message } } }",
  "variables": { "input": { "video": "http://127.0.0.1:4010/clips/source.mp4", "prompt": "A watercolor painting of the same scene" } }
}'
