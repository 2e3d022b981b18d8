'{"query" : "query {
  tokens(sortBy: Name, orderBy: ASC)
        { totalResults, 
          results{name, expireAt} }
}"
}' | curl.exe -X POST `
    -H "Authorization: Bearer $env:TOKEN" `
    -H "Content-Type: application/json" `
    -d "@-" `
    "[[.URL]]/graphql"
