package graph_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// personal is the owner's personal token, which most clients are given.
func (s *site) personal() string {
	s.t.Helper()
	_, secret, err := s.svc.CreatePersonalToken(s.t.Context(), s.by, console.NewPersonalToken{GUID: console.NewGUID()})
	s.must(err)
	return secret.Reveal()
}

var tokenString = regexp.MustCompile(`([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})~lk_[0-9A-Za-z]{49}`)

var operationName = regexp.MustCompile(`^(?:query|mutation) (\w+)`)

// A conversation is what a client sends and reads, one operation after the other.
// Ids go by names, so that an answer can be written down: LOGS, ALL and OLGA, and
// what the client was answered before.
type conversation struct {
	*site
	bearer string
	ids    map[string]string
	// secret is the last token string that was answered.
	secret string
}

func (s *site) talk() *conversation {
	s.t.Helper()
	return &conversation{site: s, bearer: s.personal(), ids: map[string]string{"LOGS": string(s.logs.GUID), "ALL": string(s.all.GUID), "OLGA": string(s.owner.GUID)}}
}

func (c *conversation) named(value any) any {
	switch value := value.(type) {
	case string:
		if id, known := c.ids[value]; known {
			return id
		}
	case []any:
		for i := range value {
			value[i] = c.named(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = c.named(value[key])
		}
	}
	return value
}

// say sends an operation and holds the answer against data. A token string in it
// stands as TOKEN, and its id is NEW if that is unknown.
func (c *conversation) say(query string, variables map[string]any, data string) {
	c.t.Helper()
	operation := ""
	if found := operationName.FindStringSubmatch(query); found != nil {
		operation = found[1]
	}
	variables, _ = c.named(variables).(map[string]any)
	answer := c.ask(c.bearer, document{Query: query, Variables: variables, OperationName: operation})
	if found := tokenString.FindStringSubmatch(answer); found != nil {
		c.secret = found[0]
		known := false
		for _, id := range c.ids {
			known = known || id == found[1]
		}
		if !known {
			c.ids["NEW"] = found[1]
		}
		answer = strings.ReplaceAll(answer, found[0], "TOKEN")
	}
	for name, id := range c.ids {
		answer = strings.ReplaceAll(answer, id, name)
	}
	if want := `{"data":` + data + `}`; answer != want {
		c.t.Errorf("%s\n is answered: %s\n        want: %s", query, answer, want)
	}
}

// refused is say for an operation that answers only errors.
func (c *conversation) refused(query string, variables map[string]any, errors string) {
	c.t.Helper()
	variables, _ = c.named(variables).(map[string]any)
	answer := c.ask(c.bearer, document{Query: query, Variables: variables})
	for name, id := range c.ids {
		answer = strings.ReplaceAll(answer, id, name)
	}
	if want := `{"errors":[` + errors + `],"data":null}`; answer != want {
		c.t.Errorf("%s\n is answered: %s\n        want: %s", query, answer, want)
	}
}

const startMillis = "1795262400000"

// What humio-operator sends.
const (
	getViewToken = `query GetViewToken ($Id: String!) {
	tokens(searchFilter: $Id, sortBy: Name, typeFilter: ViewPermissionToken) {
		results { __typename id name expireAt ipFilterV2 { id }
			... on ViewPermissionsToken { views { __typename id name } permissions } } } }`
	getSystemToken = `query GetSystemToken ($Id: String!) {
	tokens(searchFilter: $Id, sortBy: Name, typeFilter: SystemPermissionToken) {
		results { __typename id name expireAt ipFilterV2 { id } ... on SystemPermissionsToken { permissions } } } }`
	getOrganizationToken = `query GetOrganizationToken ($Id: String!) {
	tokens(searchFilter: $Id, sortBy: Name, typeFilter: OrganizationPermissionToken) {
		results { __typename id name expireAt ipFilterV2 { id } ... on OrganizationPermissionsToken { permissions } } } }`
	createViewToken = `mutation CreateViewToken ($Name: String!, $IPFilterId: String, $ExpiresAt: Long, $ViewIds: [String!]!, $ViewPermissions: [Permission!]!) {
	createViewPermissionsToken(input: {name: $Name, expireAt: $ExpiresAt, ipFilterId: $IPFilterId, viewIds: $ViewIds, permissions: $ViewPermissions}) }`
	createSystemToken = `mutation CreateSystemToken ($Name: String!, $IPFilterId: String, $ExpiresAt: Long, $Permissions: [SystemPermission!]!) {
	createSystemPermissionsToken(input: {name: $Name, expireAt: $ExpiresAt, ipFilterId: $IPFilterId, permissions: $Permissions}) }`
	createOrganizationToken = `mutation CreateOrganizationToken ($Name: String!, $IPFilterId: String, $ExpiresAt: Long, $Permissions: [OrganizationPermission!]!) {
	createOrganizationPermissionsToken(input: {name: $Name, expireAt: $ExpiresAt, ipFilterId: $IPFilterId, permissions: $Permissions}) }`
	updateViewToken = `mutation UpdateViewToken ($Id: String!, $ViewPermissions: [Permission!]!) {
	updateViewPermissionsTokenPermissions(input: {id: $Id, permissions: $ViewPermissions}) }`
	updateSystemToken = `mutation UpdateSystemToken ($Id: String!, $Permissions: [SystemPermission!]!) {
	updateSystemPermissionsTokenPermissions(input: {id: $Id, permissions: $Permissions}) }`
	updateOrganizationToken = `mutation UpdateOrganizationToken ($Id: String!, $Permissions: [OrganizationPermission!]!) {
	updateOrganizationPermissionsTokenPermissions(input: {id: $Id, permissions: $Permissions}) }`
	rotateToken     = `mutation RotateToken ($Id: String!) { rotateToken(input: {id: $Id}) }`
	deleteToken     = `mutation DeleteToken ($Id: String!) { deleteToken(input: {id: $Id}) }`
	getSearchDomain = `query GetSearchDomain ($SearchDomainName: String!) {
	searchDomain(name: $SearchDomainName) { __typename id name description automaticSearch
		... on View { isFederated connections { repository { name } filter } } } }`
)

func TestOperatorTokens(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		c.say(getSearchDomain, map[string]any{"SearchDomainName": "all-logs"},
			`{"searchDomain":{"__typename":"View","id":"ALL","name":"all-logs","description":null,"automaticSearch":true,"isFederated":false,"connections":[{"repository":{"name":"web-logs"},"filter":"#type=json"}]}}`)
		c.say(getSearchDomain, map[string]any{"SearchDomainName": "web-logs"},
			`{"searchDomain":{"__typename":"Repository","id":"LOGS","name":"web-logs","description":"What the web says","automaticSearch":true}}`)
		c.say(getViewToken, map[string]any{"Id": "f3b1b1b1-0000-4000-8000-000000000000"}, `{"tokens":{"results":[]}}`)
		filter, err := s.svc.CreateIPFilter(s.t.Context(), s.by, console.NewIPFilter{Name: "office", Text: "allow 10.0.0.0/8"})
		s.must(err)
		c.ids["OFFICE"] = string(filter.GUID)
		c.say(createViewToken, map[string]any{
			"Name": "reader", "IPFilterId": nil, "ExpiresAt": nil, "ViewIds": []any{"ALL", "LOGS"}, "ViewPermissions": []any{"ReadAccess", "ChangeFiles"},
		}, `{"createViewPermissionsToken":"TOKEN"}`)
		c.say(getViewToken, map[string]any{"Id": "NEW"}, `{"tokens":{"results":[{"__typename":"ViewPermissionsToken","id":"NEW","name":"reader","expireAt":null,"ipFilterV2":null,`+
			`"views":[{"__typename":"View","id":"ALL","name":"all-logs"},{"__typename":"Repository","id":"LOGS","name":"web-logs"}],"permissions":["ChangeFiles","ReadAccess"]}]}}`)
		c.say(getSystemToken, map[string]any{"Id": "NEW"}, `{"tokens":{"results":[]}}`)
		c.say(updateViewToken, map[string]any{"Id": "NEW", "ViewPermissions": []any{"ReadAccess"}}, `{"updateViewPermissionsTokenPermissions":"NEW"}`)
		before := c.secret
		c.say(rotateToken, map[string]any{"Id": "NEW"}, `{"rotateToken":"TOKEN"}`)
		if _, err := s.svc.Authenticate(s.t.Context(), before, console.Presenter{}); console.CodeOf(err) != console.CodeUnauthenticated {
			s.t.Errorf("the old secret still works: %v", err)
		}
		c.say(getViewToken, map[string]any{"Id": "NEW"}, `{"tokens":{"results":[{"__typename":"ViewPermissionsToken","id":"NEW","name":"reader","expireAt":null,"ipFilterV2":null,`+
			`"views":[{"__typename":"View","id":"ALL","name":"all-logs"},{"__typename":"Repository","id":"LOGS","name":"web-logs"}],"permissions":["ReadAccess"]}]}}`)
		c.say(deleteToken, map[string]any{"Id": "NEW"}, `{"deleteToken":true}`)
		c.say(getViewToken, map[string]any{"Id": "NEW"}, `{"tokens":{"results":[]}}`)
		gone := `{"message":"There is nothing here, or it is not yours to see.","path":["deleteToken"],"extensions":{"code":"NOT_FOUND"}}`
		c.refused(deleteToken, map[string]any{"Id": "NEW"}, gone)

		delete(c.ids, "NEW")
		c.say(createSystemToken, map[string]any{"Name": "health", "IPFilterId": "OFFICE", "ExpiresAt": start.Add(time.Hour).UnixMilli(), "Permissions": []any{"ReadHealthCheck"}},
			`{"createSystemPermissionsToken":"TOKEN"}`)
		c.say(updateSystemToken, map[string]any{"Id": "NEW", "Permissions": []any{"ReadHealthCheck", "ListSubdomains"}}, `{"updateSystemPermissionsTokenPermissions":"NEW"}`)
		c.say(getSystemToken, map[string]any{"Id": "NEW"},
			`{"tokens":{"results":[{"__typename":"SystemPermissionsToken","id":"NEW","name":"health","expireAt":1795266000000,"ipFilterV2":{"id":"OFFICE"},"permissions":["ListSubdomains","ReadHealthCheck"]}]}}`)
		delete(c.ids, "NEW")
		c.say(createOrganizationToken, map[string]any{"Name": "usage", "IPFilterId": nil, "ExpiresAt": nil, "Permissions": []any{"ViewUsage"}}, `{"createOrganizationPermissionsToken":"TOKEN"}`)
		c.say(updateOrganizationToken, map[string]any{"Id": "NEW", "Permissions": []any{"ViewUsage", "MonitorQueries"}}, `{"updateOrganizationPermissionsTokenPermissions":"NEW"}`)
		c.say(getOrganizationToken, map[string]any{"Id": "NEW"},
			`{"tokens":{"results":[{"__typename":"OrganizationPermissionsToken","id":"NEW","name":"usage","expireAt":null,"ipFilterV2":null,"permissions":["MonitorQueries","ViewUsage"]}]}}`)
	})
}

func TestOperatorSurroundings(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		c.say(`query GetUsername { viewer { username } }`, nil, `{"viewer":{"username":"olga@example.com"}}`)
		c.say(`query GetIPFilters { ipFilters { id name ipFilter } }`, nil, `{"ipFilters":[]}`)
		const rules = "allow 127.0.0.1\nallow 10.0.0.0/8"
		answer := s.ask(c.bearer, document{Query: `mutation CreateIPFilter ($Name: String!, $Filter: String!) { createIPFilter(input: {name: $Name, ipFilter: $Filter}) { id name ipFilter } }`,
			Variables: map[string]any{"Name": "office", "Filter": rules}})
		c.ids["OFFICE"] = regexp.MustCompile(`[0-9a-f-]{36}`).FindString(answer)
		const shown = `{"id":"OFFICE","name":"office","ipFilter":"allow 127.0.0.1\nallow 10.0.0.0/8"}`
		c.say(`query GetIPFilters { ipFilters { id name ipFilter } }`, nil, `{"ipFilters":[`+shown+`]}`)
		c.say(`mutation UpdateIPFilter ($Id: String!, $Name: String, $Filter: String) { updateIPFilter(input: {id: $Id, name: $Name, ipFilter: $Filter}) { id name ipFilter } }`,
			map[string]any{"Id": "OFFICE", "Name": "offices", "Filter": nil}, `{"updateIPFilter":`+strings.Replace(shown, `"office"`, `"offices"`, 1)+`}`)
		c.say(`mutation UpdateTokenSecurityPolicies ($P: Boolean!, $V: Boolean!, $VU: Boolean!, $O: Boolean!, $OU: Boolean!, $S: Boolean!, $SU: Boolean!) {
	updateTokenSecurityPolicies(input: {personalUserTokensEnabled: $P, viewPermissionTokensEnabled: $V, viewPermissionTokensAllowPermissionUpdates: $VU,
		organizationPermissionTokensEnabled: $O, organizationPermissionTokensAllowPermissionUpdates: $OU, systemPermissionTokensEnabled: $S, systemPermissionTokensAllowPermissionUpdates: $SU}) { __typename } }`,
			map[string]any{"P": true, "V": true, "VU": true, "O": true, "OU": false, "S": true, "SU": true}, `{"updateTokenSecurityPolicies":{"__typename":"Organization"}}`)
		c.say(`mutation DeleteIPFilter ($Id: String!) { deleteIPFilter(input: {id: $Id}) }`, map[string]any{"Id": "OFFICE"}, `{"deleteIPFilter":true}`)
		c.say(`query GetUsersByUsername ($Username: String!) { users(search: $Username) { id username isRoot } }`, map[string]any{"Username": "olga@example.com"},
			`{"users":[{"id":"OLGA","username":"olga@example.com","isRoot":true}]}`)
		c.say(`query GetUsersByUsername ($Username: String!) { users(search: $Username) { id username isRoot } }`, map[string]any{"Username": "admin@example.com"}, `{"users":[]}`)
		answer = s.ask(c.bearer, document{Query: `mutation AddUser ($Username: String!, $IsRoot: Boolean) { addUserV2(input: {username: $Username, isRoot: $IsRoot}) { __typename ... on User { id username isRoot } } }`,
			Variables: map[string]any{"Username": "admin@example.com", "IsRoot": true}})
		if !regexp.MustCompile(`^{"data":{"addUserV2":{"__typename":"User","id":"[0-9a-f-]{36}","username":"admin@example.com","isRoot":true}}}$`).MatchString(answer) {
			s.t.Error(answer)
		}
		delete(c.ids, "NEW")
		c.say(`mutation RotateTokenByID ($TokenID: String!) { rotateToken(input: {id: $TokenID}) }`, map[string]any{"TokenID": "OLGA"}, `{"rotateToken":"TOKEN"}`)
		if status, text := s.post("/graphql", `{"query":"{viewer{username}}"}`, with("Authorization", "Bearer "+c.bearer), with("Content-Type", "application/json")); status != 401 || text != invalid {
			s.t.Errorf("the string before still works: %d %s", status, text)
		}
		c.bearer = c.secret
		c.say(`query GetUsername { viewer { username } }`, nil, `{"viewer":{"username":"olga@example.com"}}`)
	})
}

func TestHumioctl(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		token, _ := s.token(console.TypeRepository, "reader", "ReadAccess")
		c.ids["READER"] = string(token.GUID)
		c.say(`mutation RotateTokenByID($TokenID: String!) { rotateToken(input: {id:$TokenID}) }`, map[string]any{"TokenID": "READER"}, `{"rotateToken":"TOKEN"}`)
		c.say(`query GetUsername { viewer { username } }`, nil, `{"viewer":{"username":"olga@example.com"}}`)
		c.say(`query ListSearchDomains { searchDomains { __typename name automaticSearch } }`, nil,
			`{"searchDomains":[{"__typename":"View","name":"all-logs","automaticSearch":true},{"__typename":"Repository","name":"web-logs","automaticSearch":true}]}`)
		c.say(getSearchDomain, map[string]any{"SearchDomainName": "WEB-LOGS"},
			`{"searchDomain":{"__typename":"Repository","id":"LOGS","name":"web-logs","description":"What the web says","automaticSearch":true}}`)
		c.say(`query ListRepositories { repositories { id name compressedByteSize } }`, nil, `{"repositories":[{"id":"LOGS","name":"web-logs","compressedByteSize":0}]}`)
		const fields = `id username fullName email company countryCode picture isRoot createdAt`
		const olga = `{"id":"OLGA","username":"olga@example.com","fullName":"Olga Owner","email":"olga@example.com","company":null,"countryCode":null,"picture":null,"isRoot":true,"createdAt":"2026-11-21T12:00:00Z"}`
		c.say(`query ListUsers { users { `+fields+` } }`, nil, `{"users":[`+olga+`]}`)
		c.say(`query GetUsersByUsername ($Username: String!) { users(search: $Username) { `+fields+` } }`, map[string]any{"Username": "olga@example.com"}, `{"users":[`+olga+`]}`)
	})
}

// TestHumioctlFork: the one public client that lists tokens asks with commas and
// without names.
func TestHumioctlFork(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		for _, enum := range []string{"Permission", "SystemPermission", "OrganizationPermission"} {
			var values []string
			for _, value := range valuesOf(s.t, enum) {
				values = append(values, fmt.Sprintf(`{"name":%q,"description":%q,"isDeprecated":false}`, value.EnumValue, value.Desc))
			}
			c.say(`query($name:String!){__type(name: $name){name,enumValues{name,description,isDeprecated}}}`, map[string]any{"name": enum},
				fmt.Sprintf(`{"__type":{"name":%q,"enumValues":[%s]}}`, enum, strings.Join(values, ",")))
		}
		c.say(`{searchDomains{id,name,__typename}}`, nil, `{"searchDomains":[{"id":"ALL","name":"all-logs","__typename":"View"},{"id":"LOGS","name":"web-logs","__typename":"Repository"}]}`)
		c.say(`mutation($name:String!$permissions:[Permission!]!$viewId:String!){createViewPermissionsToken(input: {name: $name, viewIds: [$viewId], permissions: $permissions})}`,
			map[string]any{"name": "reader", "viewId": "LOGS", "permissions": []any{"ReadAccess"}}, `{"createViewPermissionsToken":"TOKEN"}`)
		s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "health", Scopes: []string{"ReadHealthCheck"}, ValidTo: start.Add(time.Hour)})
		answer := s.ask(c.bearer, document{Query: `{tokens(typeFilter: [ViewPermissionToken, SystemPermissionToken, OrganizationPermissionToken], sortBy: Name){results{
	...on ViewPermissionsToken{id,name,createdAt,expireAt,ipFilter,permissions,views{name},__typename},
	...on SystemPermissionsToken{id,name,createdAt,expireAt,ipFilter,permissions,__typename},
	...on OrganizationPermissionsToken{id,name,createdAt,expireAt,ipFilter,permissions,__typename}}}}`})
		answer = regexp.MustCompile(`[0-9a-f-]{36}`).ReplaceAllString(answer, "ID")
		want := `{"data":{"tokens":{"results":[{"id":"ID","name":"health","createdAt":` + startMillis + `,"expireAt":1795266000000,"ipFilter":null,"permissions":["ReadHealthCheck"],"__typename":"SystemPermissionsToken"},` +
			`{"id":"ID","name":"reader","createdAt":` + startMillis + `,"expireAt":null,"ipFilter":null,"permissions":["ReadAccess"],"views":[{"name":"web-logs"}],"__typename":"ViewPermissionsToken"}]}}}`
		if answer != want {
			s.t.Errorf("listing answers %s\nwant %s", answer, want)
		}
		c.say(`mutation($tokenId:String!){deleteToken(input: {id: $tokenId})}`, map[string]any{"tokenId": "NEW"}, `{"deleteToken":true}`)
		c.say(`mutation($id:String!){rotateToken(input:{id:$id})}`, map[string]any{"id": "OLGA"}, `{"rotateToken":"TOKEN"}`)
	})
}

// TestPersonalTokenRotation is what humio/cli's pull request 174 sends, and the
// newer forms of it.
func TestPersonalTokenRotation(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		c.say(`mutation{createPersonalUserToken(input: {})}`, nil, `{"createPersonalUserToken":"TOKEN"}`)
		if status, _ := s.post("/graphql", `{"query":"{viewer{username}}"}`, with("Authorization", "Bearer "+c.bearer), with("Content-Type", "application/json")); status != 401 {
			s.t.Errorf("the token before still works: %d", status)
		}
		c.bearer = c.secret
		c.say(`{viewer{token{__typename id name expireAt createdAt ipFilterV2{id}}}}`, nil,
			`{"viewer":{"token":{"__typename":"PersonalUserToken","id":"NEW","name":"Personal token of Olga Owner","expireAt":null,"createdAt":`+startMillis+`,"ipFilterV2":null}}}`)
		c.say(`{token(tokenId:"`+c.ids["NEW"]+`"){__typename id}}`, nil, `{"token":{"__typename":"PersonalUserToken","id":"NEW"}}`)
		c.say(`{tokens(sortBy:Name){totalResults results{id}}}`, nil, `{"tokens":{"totalResults":0,"results":[]}}`)
		delete(c.ids, "NEW")
		c.say(`mutation ($input: CreatePersonalUserTokenV2Input!) { createPersonalUserTokenV2(input: $input) { token tokenMetadata { id expireAt } } }`,
			map[string]any{"input": map[string]any{"expireAt": start.Add(time.Hour).UnixMilli(), "ipFilterId": nil}},
			`{"createPersonalUserTokenV2":{"token":"TOKEN","tokenMetadata":{"id":"NEW","expireAt":1795266000000}}}`)
	})
}
