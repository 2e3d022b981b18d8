curl -v -X POST [[.URL]]/graphql ^
    -H "Authorization: Bearer %TOKEN%" ^
    -H "Content-Type: application/json" ^
    -d "{\"query\" : \"query { tokens(sortBy: Name, orderBy: ASC) { totalResults, results{name, expireAt} } }\"}"
