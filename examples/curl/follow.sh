curl -sNG http://127.0.0.1:4000/graphql -H 'accept: text/event-stream' \
  --data-urlencode "query=subscription { prediction(jobId: \"$id\") { state version outputs { url } error { code } } }"
