curl -sG http://127.0.0.1:4000/graphql --data-urlencode 'query={ jobs(first: 1) { edges { node { id state } } } }'
id=$(curl -sG http://127.0.0.1:4000/graphql --data-urlencode 'query={ jobs(first: 1) { edges { node { id } } } }' | grep -o 'job_[0-9a-z]*')
