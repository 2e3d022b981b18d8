#! /usr/bin/env python3

import os
import requests

url = '[[.URL]]/graphql'
mydata = r'''{"query" : "query {
  tokens(sortBy: Name, orderBy: ASC)
        { totalResults, 
          results{name, expireAt} }
}"
}'''.replace('\n', ' ')

resp = requests.post(url,
                     data = mydata,
                     headers = {
   "Authorization" : "Bearer " + os.environ["TOKEN"],
   "Content-Type" : "application/json"
}
)

print(resp.text)
