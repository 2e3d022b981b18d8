package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/graph"
	"latchkey/web/webtest"
)

// A graphQuestion is an operation of the API, which takes a right of the table;
// "own" is what everybody has. Words with a colon are parameters, and FRESH is new
// each time.
type graphQuestion struct {
	right    string
	document string
	// about is the type of the tokens that it is about, if only of these.
	about console.Type
	// tokens is what permission tokens are answered about their own, in the order
	// of askingTokens: "y" yes, "f" forbidden, "-" not found.
	tokens string
}

// askingTokens are the permission tokens that ask: of web-logs with the right to
// its tokens and without, and of the organization and the system with one right each.
var askingTokens = []struct {
	name   string
	kind   console.Type
	scopes []string
}{
	{"manages its view", console.TypeRepository, []string{"ChangeViewOrRepositoryPermissions", "ChangeDashboardReadonlyToken", "ReadAccess"}},
	{"reads its view", console.TypeRepository, []string{"ReadAccess"}},
	{"manages all views", console.TypeOrganization, []string{"ChangeAllViewOrRepositoryPermissions"}},
	{"manages the organization's", console.TypeOrganization, []string{"ChangeOrganizationPermissions", "ViewUsage"}},
	{"manages the system's", console.TypeSystem, []string{"ChangeSystemPermissions", "ReadHealthCheck"}},
	{"changes filters", console.TypeOrganization, []string{"ChangeIPFilters"}},
	{"changes policies", console.TypeOrganization, []string{"ChangeSecurityPolicies"}},
	{"manages people", console.TypeOrganization, []string{"ManageUsers"}},
	{"does something else", console.TypeOrganization, []string{"ExportOrganization"}},
}

const policyInput = `personalUserTokensEnabled:true,viewPermissionTokensEnabled:true,viewPermissionTokensAllowPermissionUpdates:true,` +
	`organizationPermissionTokensEnabled:true,organizationPermissionTokensAllowPermissionUpdates:true`

// graphRights are the operations of the API.
var graphRights = map[string]graphQuestion{
	"query tokens":        {"own", `{tokens(sortBy:Name){totalResults results{id}}}`, "", "yyyyyyyyy"},
	"query token":         {"see a token", `{token(tokenId:":guid"){id}}`, "", "y-y------"},
	"query ipFilters":     {"see IP filters", `{ipFilters{id}}`, "", "-----y---"},
	"query viewer":        {"own", `{viewer{id username token{id}}}`, "", "yyyyyyyyy"},
	"query viewerOpt":     {"own", `{viewerOpt{id}}`, "", "yyyyyyyyy"},
	"query currentUser":   {"own", `{currentUser{id}}`, "", "fffffffff"},
	"query users":         {"see people", `{users{id}}`, "", "-------y-"},
	"query user":          {"see people", `{user(id:":guid"){id}}`, "", "-------y-"},
	"query organization":  {"see policies", `{organization{configs{tokens{personalUserTokensEnabled}}}}`, "", "------y--"},
	"query meta":          {"own", `{meta{version}}`, "", "yyyyyyyyy"},
	"query repository":    {"see a repository", `{repository(name:":repo"){id dashboards{id}}}`, "", "yyy------"},
	"query repositories":  {"own", `{repositories{id}}`, "", "yyyyyyyyy"},
	"query searchDomain":  {"see a repository", `{searchDomain(name:":repo"){id}}`, "", "yyy------"},
	"query searchDomains": {"own", `{searchDomains{id}}`, "", "yyyyyyyyy"},

	"mutation createPersonalUserToken":                       {"own", `mutation{createPersonalUserToken(input:{})}`, "", "---------"},
	"mutation createPersonalUserTokenV2":                     {"own", `mutation{createPersonalUserTokenV2(input:{}){token}}`, "", "---------"},
	"mutation createViewPermissionsToken":                    {"make tokens", `mutation{createViewPermissionsToken(input:{name:"FRESH",viewIds:[":id"],permissions:[ReadAccess]})}`, "", "y-yff----"},
	"mutation createViewPermissionsTokenV2":                  {"make tokens", `mutation{createViewPermissionsTokenV2(input:{name:"FRESH",viewIds:[":id"],viewPermissions:[ReadAccess]}){token}}`, "", "y-yff----"},
	"mutation createOrganizationPermissionsToken":            {"make other tokens", `mutation{createOrganizationPermissionsToken(input:{name:"FRESH",permissions:[ViewUsage]})}`, "", "f-fyf----"},
	"mutation createOrganizationPermissionsTokenV2":          {"make other tokens", `mutation{createOrganizationPermissionsTokenV2(input:{name:"FRESH",organizationPermissions:[ViewUsage]}){token}}`, "", "f-fyf----"},
	"mutation createSystemPermissionsToken":                  {"make other tokens", `mutation{createSystemPermissionsToken(input:{name:"FRESH",permissions:[ReadHealthCheck]})}`, "", "f-ffy----"},
	"mutation createSystemPermissionsTokenV2":                {"make other tokens", `mutation{createSystemPermissionsTokenV2(input:{name:"FRESH",systemPermissions:[ReadHealthCheck]}){token}}`, "", "f-ffy----"},
	"mutation deleteToken":                                   {"change a token", `mutation{deleteToken(input:{id:":guid"})}`, "", "y-y------"},
	"mutation rotateToken":                                   {"change a token", `mutation{rotateToken(input:{id:":guid"})}`, "", "y-y------"},
	"mutation updateViewPermissionsTokenPermissions":         {"change a token", `mutation{updateViewPermissionsTokenPermissions(input:{id:":guid",permissions:[ReadAccess]})}`, console.TypeRepository, "y-y------"},
	"mutation updateOrganizationPermissionsTokenPermissions": {"change a token", `mutation{updateOrganizationPermissionsTokenPermissions(input:{id:":guid",permissions:[ViewUsage]})}`, console.TypeOrganization, "---y-----"},
	"mutation updateSystemPermissionsTokenPermissions":       {"change a token", `mutation{updateSystemPermissionsTokenPermissions(input:{id:":guid",permissions:[ReadHealthCheck]})}`, console.TypeSystem, "---------"},
	"mutation updateTokenSecurityPolicies":                   {"change policies", `mutation{updateTokenSecurityPolicies(input:{` + policyInput + `}){id}}`, "", "------y--"},
	"mutation createReadonlyToken":                           {"share a dashboard", `mutation{createReadonlyToken(id:":dashboard",name:"FRESH"){token}}`, "", "y-y------"},
	"mutation deleteReadonlyToken":                           {"share a dashboard", `mutation{deleteReadonlyToken(id:":dashboard",token:":link"){result}}`, "", "y-y------"},
	"mutation updateDashboardToken":                          {"share a dashboard", `mutation{updateDashboardToken(viewId:":id",dashboardToken:":link",queryOwnershipType:Organization){id}}`, "", "y-y------"},
	"mutation createIPFilter":                                {"change IP filters", `mutation{createIPFilter(input:{name:"FRESH",ipFilter:""}){id}}`, "", "-----y---"},
	"mutation updateIPFilter":                                {"change IP filters", `mutation{updateIPFilter(input:{id:":filter",name:"FRESH"}){id}}`, "", "-----y---"},
	"mutation deleteIPFilter":                                {"change IP filters", `mutation{deleteIPFilter(input:{id:":filter"})}`, "", "-----y---"},
	"mutation addUserV2":                                     {"change people", `mutation{addUserV2(input:{username:"FRESH@example.com"}){__typename}}`, "", "-------y-"},
}

// graphDecisions are the decisions by an error's code. All that is asked is sound,
// so that what is invalid is what somebody may not give.
var graphDecisions = map[string]decision{"": yes, "FORBIDDEN": forbidden, "NOT_FOUND": notFound, "INVALID": forbidden}

// TestProgramsAreAnsweredAlike asks for every operation of the API, as everybody's
// personal token, about everything, and holds the decisions against the one table
// of rights; and as permission tokens. An operation that is added to the schema
// without its place here fails.
func TestProgramsAreAnsweredAlike(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newGraphMatrix(t, databaseURL)
		operations := m.operations()
		for _, name := range operations {
			question, listed := graphRights[name]
			if !listed {
				t.Errorf("say in graphRights what right the %s takes", name)
				continue
			}
			if question.right != "own" {
				m.askPeople(name, question)
			}
			m.askTokens(name, question)
		}
		m.expectDenials()
		for name := range graphRights {
			if !slices.Contains(operations, name) {
				t.Errorf("there is no %s", name)
			}
		}
	})
}

// graphMatrix is a matrix with the API, and everybody's token strings.
type graphMatrix struct {
	*matrix
	bearers map[string]string
	// denied is how many mutations each person was denied.
	denied map[string]int
}

func newGraphMatrix(t *testing.T, databaseURL string) *graphMatrix {
	g := &graphMatrix{matrix: newMatrix(t, databaseURL), bearers: map[string]string{}, denied: map[string]int{}}
	g.Serve(web.New(g.Service, web.Options{Graph: graph.Mount(g.Service, graph.Options{})}))
	for name, person := range g.people {
		by := console.Principal{ProvedAt: g.Now()}.As(person)
		_, secret, err := g.Service.CreatePersonalToken(t.Context(), by, console.NewPersonalToken{GUID: console.NewGUID()})
		if err != nil {
			t.Fatal(err)
		}
		g.bearers[name] = secret.Reveal()
	}
	for _, asking := range askingTokens {
		_, secret := g.Token(g.repos["own"], g.owner, asking.name, func(n *console.NewToken) {
			if n.Scopes, n.Type = asking.scopes, asking.kind; n.Type != console.TypeRepository {
				n.Repositories = nil
			}
		})
		g.bearers[asking.name] = secret.Reveal()
	}
	return g
}

func (g *graphMatrix) ask(bearer, query string) (code, answer string) {
	g.T.Helper()
	return askGraph(g.Site, bearer, query)
}

// askGraph sends a document as the holder of a token string, and returns the code
// of the first error, empty without any.
func askGraph(site *webtest.Site, bearer, query string) (code, answer string) {
	site.T.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		site.T.Fatal(err)
	}
	got := site.Visitor().Do(http.MethodPost, "/graphql", string(body), webtest.Header("Authorization", "Bearer "+bearer), webtest.Header("Content-Type", "application/json"))
	var said struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(got.Body), &said); err != nil || got.Status != http.StatusOK {
		site.T.Fatalf("%s is answered %d %s", query, got.Status, got.Body)
	}
	if len(said.Errors) > 0 {
		code = said.Errors[0].Extensions.Code
	}
	return code, got.Body
}

// operations are those of the schema, as the API tells them.
func (g *graphMatrix) operations() []string {
	g.T.Helper()
	_, answer := g.ask(g.bearers["owner"], `{__schema{queryType{fields{name}}mutationType{fields{name}}}}`)
	var said struct {
		Data struct {
			Schema struct {
				QueryType, MutationType struct{ Fields []struct{ Name string } }
			} `json:"__schema"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		g.T.Fatal(err)
	}
	var all []string
	for _, field := range said.Data.Schema.QueryType.Fields {
		all = append(all, "query "+field.Name)
	}
	for _, field := range said.Data.Schema.MutationType.Fields {
		all = append(all, "mutation "+field.Name)
	}
	return all
}

var parameter = regexp.MustCompile(`:([a-z]+)"`)

// fill puts a new target's parameters into a document.
func (g *graphMatrix) fill(q graphQuestion, target string) string {
	g.T.Helper()
	parameters := g.target(q.right, target)
	if q.right == "share a dashboard" {
		parameters = g.dashboard(target)
	}
	parameters["id"] = string(console.NewGUID())
	if repo, known := g.repos[target]; known {
		parameters["id"] = string(repo.GUID)
	}
	document := strings.ReplaceAll(q.document, "FRESH", console.NewGUID().Digits())
	return parameter.ReplaceAllStringFunc(document, func(found string) string {
		return parameters[strings.Trim(found, `:"`)] + `"`
	})
}

// dashboard is a new dashboard with a link to it, or nothing.
func (g *graphMatrix) dashboard(target string) map[string]string {
	g.T.Helper()
	repo, known := g.repos[target]
	if !known {
		return map[string]string{"dashboard": string(console.NewGUID()), "link": string(console.NewGUID())}
	}
	by := console.Principal{ProvedAt: g.Now()}.As(g.owner)
	asset, err := g.Service.CreateAsset(g.T.Context(), by, console.NewAsset{Repository: repo.GUID, Type: console.AssetDashboard, Name: console.NewGUID().Digits()})
	if err != nil {
		g.T.Fatal(err)
	}
	link, _, err := g.Service.CreateDashboardLink(g.T.Context(), by, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: asset.GUID, Name: "link"})
	if err != nil {
		g.T.Fatal(err)
	}
	return map[string]string{"dashboard": string(asset.GUID), "link": string(link.GUID)}
}

// askPeople asks as everybody's personal token about each target.
func (g *graphMatrix) askPeople(name string, q graphQuestion) {
	g.T.Helper()
	for _, target := range targets(q.right) {
		if !parameter.MatchString(q.document) && target != "own" || strings.HasPrefix(q.right, "make ") && target != "own" {
			continue // it is about nothing in particular, or what it names is part of what is given
		}
		for _, actor := range actors {
			want := rights.expect(q.right, actor, target)
			if of := typeOfTarget(target); q.about != "" && of != q.about {
				want = notFound
			}
			code, answer := g.ask(g.bearers[actor], g.fill(q, target))
			if code == "FORBIDDEN" && strings.HasPrefix(name, "mutation ") {
				g.denied[actor]++
			}
			if got, known := graphDecisions[code]; got != want || !known {
				g.T.Errorf("%s (%s), the %s: %q, want %q: %s", name, target, actor, got, want, answer)
			}
		}
	}
}

// expectDenials expects every mutation that somebody was denied in the record,
// whoever denied it.
func (g *graphMatrix) expectDenials() {
	g.T.Helper()
	if err := g.Service.RecordRepeats(g.T.Context(), true); err != nil {
		g.T.Fatal(err)
	}
	for actor, denied := range g.denied {
		page, err := g.Store.ListAuditEvents(g.T.Context(), console.AuditFilter{Actor: g.people[actor].GUID, Actions: []console.Action{console.AccessDenied}}, console.PageRequest{Size: 1000})
		if err != nil {
			g.T.Fatal(err)
		}
		recorded := 0
		for _, event := range page.Items {
			at := slices.IndexFunc(event.Changes, func(c console.Change) bool { return c.Field == "attempts" })
			attempts, err := strconv.Atoi(event.Changes[at].New)
			if err != nil {
				g.T.Fatal(err)
			}
			recorded += attempts
		}
		if recorded < denied { // what is answered as a mistake in a field may be a denial, too
			g.T.Errorf("the %s was denied %d mutations, of which %d are recorded", actor, denied, recorded)
		}
	}
}

// typeOfTarget is the type of a token that is a target.
func typeOfTarget(target string) console.Type {
	if target == "organization" {
		return console.TypeOrganization
	}
	return console.TypeRepository
}

// askTokens asks as each permission token about what is its view's, or the
// organization's where the operation is about these only.
func (g *graphMatrix) askTokens(name string, q graphQuestion) {
	g.T.Helper()
	target, got := "own", ""
	if q.about == console.TypeOrganization {
		target = "organization"
	}
	for _, asking := range askingTokens {
		code, _ := g.ask(g.bearers[asking.name], g.fill(q, target))
		letter, known := map[decision]string{yes: "y", forbidden: "f", notFound: "-"}[graphDecisions[code]]
		if !known {
			letter = "?"
		}
		got += letter
	}
	if got != q.tokens {
		g.T.Errorf("%s: permission tokens are answered %q, want %q", name, got, q.tokens)
	}
}
