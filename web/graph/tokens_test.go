package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// names asks for tokens and returns their names, and their number if it was asked.
func (c *conversation) names(arguments string) ([]string, int) {
	c.t.Helper()
	answer := c.ask(c.bearer, document{Query: "{tokens(" + arguments + "){totalResults results{name}}}"})
	var got struct {
		Data struct {
			Tokens struct {
				TotalResults int
				Results      []struct{ Name string }
			}
		}
	}
	c.must(json.Unmarshal([]byte(answer), &got))
	names := []string{}
	for _, result := range got.Data.Tokens.Results {
		names = append(names, result.Name)
	}
	return names, got.Data.Tokens.TotalResults
}

func TestWhichTokensAreListed(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		until := func(name string, from, to time.Time) console.Token {
			token, _ := s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: name, Scopes: []string{"ReadHealthCheck"}, ValidFrom: from, ValidTo: to})
			return token
		}
		until("b short", time.Time{}, start.Add(time.Minute))
		until("a long", time.Time{}, start.Add(24*time.Hour))
		until("c later", start.Add(time.Hour), start.Add(48*time.Hour))
		until("d endless", time.Time{}, time.Time{})
		ended, paused := until("e revoked", time.Time{}, time.Time{}), until("f paused", time.Time{}, time.Time{})
		_, err := s.svc.RevokeToken(s.t.Context(), s.by, "", ended.GUID, "")
		s.must(err)
		_, err = s.svc.DisableToken(s.t.Context(), s.by, "", paused.GUID, time.Time{})
		s.must(err)
		reader, _ := s.token(console.TypeRepository, "g reader", "ReadAccess")
		s.token(console.TypeOrganization, "h usage", "ViewUsage")
		s.token(console.TypeOrganizationManagement, "i manager", "ManageSpecificOrganizations")
		ids := `parentEntityIdFilter:["` + string(s.logs.GUID) + `","` + string(s.all.GUID) + `"]`
		for _, q := range []struct {
			arguments string
			want      string
			total     int
		}{
			{`sortBy:Name`, "abcdghi", 7},
			{`sortBy:Name,orderBy:DESC`, "ihgdcba", 7},
			{`sortBy:ExpirationDate,typeFilter:SystemPermissionToken`, "bacd", 4},
			{`sortBy:ExpirationDate,orderBy:DESC,typeFilter:[SystemPermissionToken]`, "dcab", 4},
			{`sortBy:Name,skip:2,limit:3`, "cdg", 7},
			{`sortBy:Name,skip:6,limit:3`, "i", 7},
			{`sortBy:Name,skip:60`, "", 7},
			{`sortBy:Name,typeFilter:[OrganizationPermissionToken,ViewPermissionToken]`, "gh", 2},
			{`sortBy:Name,typeFilter:OrganizationManagementPermissionToken`, "i", 1},
			{`sortBy:Name,typeFilter:null,searchFilter:null,skip:null,limit:null,orderBy:null`, "abcdghi", 7},
			{`sortBy:Name,typeFilter:[]`, "", 0},
			{`sortBy:Name,` + ids, "g", 1},
			{`sortBy:Name,parentEntityIdFilter:["` + string(s.all.GUID) + `"]`, "", 0},
			{`sortBy:Name,parentEntityIdFilter:["nothing"]`, "", 0},
			{`sortBy:Name,searchFilter:"READER g"`, "g", 1},
			{`sortBy:Name,searchFilter:"` + string(reader.GUID) + `"`, "g", 1},
			{`sortBy:Name,searchFilter:"{` + strings.ToUpper(string(reader.GUID[:18])) + `"`, "g", 1},
			{`sortBy:Name,searchFilter:"no such thing"`, "", 0},
		} {
			names, total := c.names(q.arguments)
			initials := ""
			for _, name := range names {
				initials += name[:1]
			}
			if initials != q.want || total != q.total {
				s.t.Errorf("tokens(%s): %q of %d, want %q of %d", q.arguments, initials, total, q.want, q.total)
			}
		}
		// For five minutes after its end a token is still listed.
		for _, moment := range []struct {
			after time.Duration
			there bool
		}{{time.Minute, true}, {6*time.Minute - time.Millisecond, true}, {6 * time.Minute, false}} {
			s.now = start.Add(moment.after)
			if names, _ := c.names(`sortBy:Name`); slices.Contains(names, "b short") != moment.there {
				s.t.Errorf("%s after: %v", moment.after, names)
			}
		}
		for _, token := range []console.Token{ended, paused} {
			c.say(`{token(tokenId:"`+string(token.GUID)+`"){name}}`, nil, `{"token":{"name":"`+token.Name+`"}}`)
		}
	})
}

// TestWalkingThroughTheTokens: slices join without gaps, also while somebody
// changes the list.
func TestWalkingThroughTheTokens(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		var want []string
		for i := range 23 {
			token, _ := s.token(console.TypeSystem, fmt.Sprintf("token %02d", i), "ReadHealthCheck")
			want = append(want, token.Name)
		}
		for range 2 { // the second time from places that are known
			var got []string
			for skip := 0; ; skip += 5 {
				names, _ := c.names(fmt.Sprintf("sortBy:Name,skip:%d,limit:5", skip))
				got = append(got, names...)
				if len(names) < 5 {
					break
				}
			}
			if !slices.Equal(got, want) {
				s.t.Errorf("got %q", got)
			}
		}
		s.token(console.TypeSystem, "token 00 a", "ReadHealthCheck")
		want = slices.Insert(want, 1, "token 00 a")
		if names, total := c.names("sortBy:Name,skip:7,limit:5"); !slices.Equal(names, want[7:12]) || total != 24 {
			s.t.Errorf("after a change: %q of %d", names, total)
		}
	})
}

// TestTheDocumentedSample is the example of LogScale's page about tokens().
func TestTheDocumentedSample(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		s.token(console.TypeSystem, "Cluster Management", "ManageCluster")
		s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "Tester", Scopes: []string{"ReadHealthCheck"}, ValidTo: start.Add(time.Hour)})
		c.say("query {\n  tokens(sortBy: Name, orderBy: ASC)\n        { totalResults, \n          results{name, expireAt} }\n}", nil,
			`{"tokens":{"totalResults":2,"results":[{"name":"Cluster Management","expireAt":null},{"name":"Tester","expireAt":1795266000000}]}}`)
	})
}

func TestNewerMutations(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		asset, err := s.svc.CreateAsset(s.t.Context(), s.by, console.NewAsset{Repository: s.logs.GUID, Type: console.AssetDashboard, Name: "Traffic", Resource: "dashboard:traffic"})
		s.must(err)
		c.ids["TRAFFIC"] = string(asset.GUID)
		const assets = `searchAssetPermissions{totalResults results{assetId assetName assetType resource permissions searchDomain{id name}}}`
		c.say(`mutation ($input: CreateViewPermissionsTokenV2Input!) { createViewPermissionsTokenV2(input: $input) { token tokenMetadata { __typename id name permissions views { id } `+assets+` } } }`,
			map[string]any{"input": map[string]any{"name": "editor", "viewIds": []any{"LOGS"}, "viewPermissions": []any{"ReadAccess"}, "expireAt": nil,
				"assetPermissionAssignments": []any{map[string]any{"assetResourceIdentifier": "dashboard:traffic", "permissions": []any{"UpdateAsset"}}}}},
			`{"createViewPermissionsTokenV2":{"token":"TOKEN","tokenMetadata":{"__typename":"ViewPermissionsToken","id":"NEW","name":"editor","permissions":["ReadAccess"],"views":[{"id":"LOGS"}],`+
				`"searchAssetPermissions":{"totalResults":1,"results":[{"assetId":"TRAFFIC","assetName":"Traffic","assetType":"Dashboard","resource":"dashboard:traffic","permissions":["Update"],"searchDomain":{"id":"LOGS","name":"web-logs"}}]}}}}`)
		for filter, found := range map[string]bool{
			`permissions:[Update]`: true, `permissions:[Read]`: false, `assetTypes:[File]`: false, `searchFilter:"traf",sortBy:SearchDomain,orderBy:DESC`: true, `skip:1`: false,
			`searchDomainIds:["` + string(s.all.GUID) + `"]`: false,
		} {
			answer := s.ask(c.bearer, document{Query: `{token(tokenId:"` + c.ids["NEW"] + `"){...on ViewPermissionsToken{searchAssetPermissions(` + filter + `){results{assetName}}}}}`})
			if strings.Contains(answer, "Traffic") != found {
				s.t.Errorf("%s: %s", filter, answer)
			}
		}
		delete(c.ids, "NEW")
		c.say(`mutation { createSystemPermissionsTokenV2(input: {name: "health", systemPermissions: [ReadHealthCheck]}) { token tokenMetadata { id permissions } } }`, nil,
			`{"createSystemPermissionsTokenV2":{"token":"TOKEN","tokenMetadata":{"id":"NEW","permissions":["ReadHealthCheck"]}}}`)
		delete(c.ids, "NEW")
		c.say(`mutation { createOrganizationPermissionsTokenV2(input: {name: "usage", organizationPermissions: [ViewUsage]}) { token tokenMetadata { id permissions createdAt } } }`, nil,
			`{"createOrganizationPermissionsTokenV2":{"token":"TOKEN","tokenMetadata":{"id":"NEW","permissions":["ViewUsage"],"createdAt":`+startMillis+`}}}`)
		c.refused(`mutation { createOrganizationPermissionsTokenV2(input: {name: "usage", expireAt: 1, organizationPermissions: []}) { token } }`, nil,
			`{"message":"Choose at least one scope. Valid to must be in the future.","path":["createOrganizationPermissionsTokenV2"],"extensions":{"code":"INVALID"},`+
				`"state":{"expireAt":"Valid to must be in the future.","permissions":"Choose at least one scope."}}`)
		c.refused(`mutation { createOrganizationPermissionsToken(input: {name: "USAGE", permissions: [ViewUsage]}) }`, nil,
			`{"message":"There is already a token of this type with that name.","path":["createOrganizationPermissionsToken"],"extensions":{"code":"CONFLICT"},`+
				`"state":{"name":"There is already a token of this type with that name."}}`)
	})
}

func TestDashboardLinks(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		asset, err := s.svc.CreateAsset(s.t.Context(), s.by, console.NewAsset{Repository: s.all.GUID, Type: console.AssetDashboard, Name: "Traffic"})
		s.must(err)
		c.ids["TRAFFIC"] = string(asset.GUID)
		c.say(`mutation ($id: String!) { createReadonlyToken(id: $id, name: "wall", queryOwnershipType: Organization) {
	name token createdBy ipFilter { id } queryOwnership { __typename id ... on OrganizationOwnership { organization { name } } } } }`, map[string]any{"id": "TRAFFIC"},
			`{"createReadonlyToken":{"name":"wall","token":"TOKEN","createdBy":"Olga Owner","ipFilter":null,"queryOwnership":{"__typename":"OrganizationOwnership","id":"SINGLE_ORGANIZATION_ID","organization":{"name":"Northwind Systems"}}}}`)
		link := c.secret
		if status, text := s.post("/graphql", `{"query":"{viewer{username}}"}`, with("Authorization", "Bearer "+link), with("Content-Type", "application/json")); status != 401 || text != invalid {
			s.t.Errorf("a link asks: %d %s", status, text)
		}
		const dashboards = `{ searchDomain(name: "all-logs") { dashboards { id name displayName readOnlyTokens { name token } } } }`
		c.say(dashboards, nil, `{"searchDomain":{"dashboards":[{"id":"TRAFFIC","name":"Traffic","displayName":"Traffic","readOnlyTokens":[{"name":"wall","token":"NEW"}]}]}}`)
		c.say(`mutation ($view: String!, $token: String!) { updateDashboardToken(viewId: $view, dashboardToken: $token, queryOwnershipType: User) { __typename id
	dashboard(id: "`+string(asset.GUID)+`") { readOnlyTokens { queryOwnership { __typename id ... on UserOwnership { user { username } } } } } } }`, map[string]any{"view": "ALL", "token": link},
			`{"updateDashboardToken":{"__typename":"View","id":"ALL","dashboard":{"readOnlyTokens":[{"queryOwnership":{"__typename":"UserOwnership","id":"OLGA","user":{"username":"olga@example.com"}}}]}}}`)
		c.say(`{tokens(sortBy:Name){totalResults}}`, nil, `{"tokens":{"totalResults":0}}`)
		c.refused(`{token(tokenId:"`+c.ids["NEW"]+`"){id}}`, nil, `{"message":"There is nothing here, or it is not yours to see.","path":["token"],"extensions":{"code":"NOT_FOUND"}}`)
		c.say(`mutation ($id: String!, $token: String!) { deleteReadonlyToken(id: $id, token: $token) { result } }`, map[string]any{"id": "TRAFFIC", "token": link}, `{"deleteReadonlyToken":{"result":true}}`)
		c.say(dashboards, nil, `{"searchDomain":{"dashboards":[{"id":"TRAFFIC","name":"Traffic","displayName":"Traffic","readOnlyTokens":[]}]}}`)
	})
}

func TestPolicies(t *testing.T) {
	each(t, func(s *site) {
		c := s.talk()
		filter, err := s.svc.CreateIPFilter(s.t.Context(), s.by, console.NewIPFilter{Name: "office", Text: "allow 127.0.0.1"})
		s.must(err)
		c.ids["OFFICE"] = string(filter.GUID)
		const read = `{ organization { id name configs { tokens { personalUserTokensEnabled viewPermissionTokensEnabled viewPermissionTokensEnforceExpirationAfterMs
	viewPermissionTokensEnforceIpFilter { id name } viewPermissionTokensAllowPermissionUpdates systemPermissionTokensEnabled systemPermissionTokensAllowPermissionUpdates } } } }`
		c.say(read, nil, `{"organization":{"id":"SINGLE_ORGANIZATION_ID","name":"Northwind Systems","configs":{"tokens":{"personalUserTokensEnabled":true,"viewPermissionTokensEnabled":true,`+
			`"viewPermissionTokensEnforceExpirationAfterMs":null,"viewPermissionTokensEnforceIpFilter":null,"viewPermissionTokensAllowPermissionUpdates":true,"systemPermissionTokensEnabled":true,"systemPermissionTokensAllowPermissionUpdates":true}}}}`)
		const update = `mutation ($input: TokenSecurityPoliciesInput!) { updateTokenSecurityPolicies(input: $input) { name } }`
		input := map[string]any{"personalUserTokensEnabled": true, "viewPermissionTokensEnabled": true, "viewPermissionTokensEnforceExpirationAfterMs": 30 * 86400000,
			"viewPermissionTokensEnforceIpFilterId": "OFFICE", "viewPermissionTokensAllowPermissionUpdates": false, "organizationPermissionTokensEnabled": true, "organizationPermissionTokensAllowPermissionUpdates": true}
		c.say(update, map[string]any{"input": input}, `{"updateTokenSecurityPolicies":{"name":"Northwind Systems"}}`)
		c.say(read, nil, `{"organization":{"id":"SINGLE_ORGANIZATION_ID","name":"Northwind Systems","configs":{"tokens":{"personalUserTokensEnabled":true,"viewPermissionTokensEnabled":true,`+
			`"viewPermissionTokensEnforceExpirationAfterMs":2592000000,"viewPermissionTokensEnforceIpFilter":{"id":"OFFICE","name":"office"},"viewPermissionTokensAllowPermissionUpdates":false,"systemPermissionTokensEnabled":true,"systemPermissionTokensAllowPermissionUpdates":true}}}}`)
		answer := s.ask(c.bearer, document{Query: `mutation($v:String!){createViewPermissionsToken(input:{name:"x",viewIds:[$v],permissions:[ReadAccess]})}`, Variables: map[string]any{"v": string(s.logs.GUID)}})
		if !strings.Contains(answer, "asks for the IP filter office") || !strings.Contains(answer, "at most 30 days") {
			s.t.Error(answer)
		}
		c.refused(`mutation($id:String!){deleteIPFilter(input:{id:$id})}`, map[string]any{"id": "OFFICE"},
			`{"message":"The policy for repository tokens asks for office. Change it first.","path":["deleteIPFilter"],"extensions":{"code":"CONFLICT"}}`)
		input["viewPermissionTokensEnforceExpirationAfterMs"] = 86400001
		c.refused(update, map[string]any{"input": input}, `{"message":"Give whole days, as milliseconds.","path":["updateTokenSecurityPolicies"],"extensions":{"code":"INVALID"},"state":{"enforceExpirationAfterMs":"Give whole days, as milliseconds."}}`)
	})
}
