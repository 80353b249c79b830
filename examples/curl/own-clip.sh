video=$(curl -s http://127.0.0.1:4000/uploads -H 'content-type: video/mp4' --data-binary @clip.mp4 | grep -o 'upl_[0-9a-z]*')
curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' -d '{
  "query": "mutation ($input: CreateV2VLoraJobInput!) { createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id state } } ... on Error { code message } } }",
  "variables": { "input": { "video": "'$video'", "prompt": "A watercolor painting of the same scene" } }
}'
