package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/webtest"
)

func TestAPIPageHasThisAddress(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) {
		o.PublicURL = &url.URL{Scheme: "https", Host: "console.example.com"}
	})
	page := w.SignedIn(w.owner).Get("/api").Want(http.StatusOK)
	if got := page.Text("#api-endpoint"); got != "https://console.example.com/graphql" {
		t.Errorf("the endpoint is shown as %q", got)
	}
	examples, err := views.APIExamples("https://console.example.com")
	if err != nil || len(examples) != 7 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, example := range examples {
		if shown := page.Text("#api-" + example.ID); flat(shown) != flat(example.Text) || !strings.Contains(shown, "console.example.com") {
			t.Errorf("%s is shown as\n%s", example.Name, shown)
		}
	}
}

// TestExplorerRunsAsTheReader: what a person asks for is answered as their
// rights are, and what is wrong stands beside its field.
func TestExplorerRunsAsTheReader(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		viewer := w.User("Vera", console.RoleMember)
		w.Member(viewer, w.logs, console.MemberViewer, "ReadAccess")
		stranger := w.User("Stella", console.RoleMember)
		const list = `query($by: Tokens__SortBy!) { tokens(sortBy: $by) { totalResults results { name } } viewer { username } }`
		for _, test := range []struct {
			who  console.User
			want string
		}{
			{w.owner, `{"tokens":{"totalResults":1,"results":[{"name":"grafana-readonly"}]},"viewer":{"username":"olga@example.com"}}`},
			{viewer, `{"tokens":{"totalResults":1,"results":[{"name":"grafana-readonly"}]},"viewer":{"username":"vera@example.com"}}`},
			{stranger, `{"tokens":{"totalResults":0,"results":[]},"viewer":{"username":"stella@example.com"}}`},
		} {
			v := w.SignedIn(test.who)
			form := v.Get("/api/explorer").Want(http.StatusOK).Form("#explorer-form")
			form.Values.Set("document", list)
			form.Values.Set("variables", `{"by": "Name"}`)
			for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/api/explorer")}} {
				answer := v.Submit(form, options...).Want(http.StatusOK)
				var got struct{ Data json.RawMessage }
				if err := json.Unmarshal([]byte(answer.Text("#explorer-json")), &got); err != nil || compact(t, got.Data) != test.want {
					t.Errorf("%s: %s, %v", test.who.Name, answer.Text("#explorer-json"), err)
				}
			}
		}
	})
}

func TestExplorerSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	for _, test := range []struct{ document, variables, where, says string }{
		{" ", "", "#f-document-err", "Write a query or a mutation to run."},
		{"{ meta { version } }", "[1]", "#f-variables-err", "This is not one JSON object."},
		{"{ meta { version } }", `{} {}`, "#f-variables-err", "This is not one JSON object."},
		{`mutation { a: deleteToken(input: {id: "x"}) b: deleteToken(input: {id: "y"}) }`, "", "#f-document-err", "Run one mutation at a time."},
		{`mutation deleteToken { ...both } fragment both on Mutation { deleteToken(input: {id: "x"}) rotateToken(input: {id: "x"}) }`, "", "#f-document-err", "Run one mutation at a time."},
		{"{" + strings.Repeat(" meta", 2001) + " }", "", "#f-document-err", "more than 2,000 names"},
	} {
		form := v.Get("/api/explorer").Form("#explorer-form")
		form.Values.Set("document", test.document)
		form.Values.Set("variables", test.variables)
		answer := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if said := answer.Text(test.where); !strings.Contains(said, test.says) {
			t.Errorf("%.40s with %s: %q", test.document, test.variables, said)
		}
		if kept := answer.Form("#explorer-form").Values; strings.TrimSpace(kept.Get("document")) != strings.TrimSpace(test.document) || kept.Get("variables") != test.variables {
			t.Errorf("%.40s with %s: the form came back with %.60s", test.document, test.variables, kept.Get("document"))
		}
	}
	form := v.Get("/api/explorer").Form("#explorer-form")
	form.Values.Set("document", "{ nothing }")
	form.Values.Set("variables", "")
	if answer := v.Submit(form, webtest.HTMX("/api/explorer")).Want(http.StatusOK); !strings.Contains(answer.Text("#explorer-json"), `Cannot query field \"nothing\"`) {
		t.Errorf("an unknown field is answered with %s", answer.Text("#explorer-json"))
	}
	v.Get("/api/explorer?operation=nothing").Want(http.StatusNotFound)
}

// TestExplorerExamples: every operation that the page lists leads to a document
// that fits the schema.
func TestExplorerExamples(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	page := v.Get("/api/explorer").Want(http.StatusOK)
	links := page.All(".operations a")
	if len(links) < 25 {
		t.Fatalf("only %d operations", len(links))
	}
	for _, node := range links {
		link := webtest.Attr(node, "href")
		form := v.Get(link).Want(http.StatusOK).Form("#explorer-form")
		if !strings.Contains(form.Values.Get("document"), strings.TrimPrefix(link, "/api/explorer?operation=")) {
			t.Errorf("%s leads to %s", link, form.Values.Get("document"))
		}
		// Asked for with a name that there is not, so that nothing is done.
		form.Values.Set("document", form.Values.Get("document")+"\nquery other { meta { version } }")
		if said := v.Submit(form, webtest.HTMX("/api/explorer")).Want(http.StatusOK).Text("#explorer-json"); !strings.Contains(said, "operation name") {
			t.Errorf("%s: %s\n%s", link, said, form.Values.Get("document"))
		}
	}
}

// TestExplorerAsksForProof: a change that takes a fresh proof takes it here, too,
// and happens once it is given.
func TestExplorerAsksForProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		w.Advance(6 * 60e9)
		form := v.Get("/api/explorer").Form("#explorer-form")
		form.Values.Set("document", `mutation { createIPFilter(input: {name: "made here", ipFilter: "allow 192.0.2.0/24"}) { name } }`)
		form.Values.Set("variables", "")
		v.Submit(form).Want(http.StatusForbidden)
		if kept, err := st.ListIPFilters(t.Context(), 10); err != nil || len(kept) != 1 {
			t.Errorf("unproved, there are %d IP filters, %v", len(kept), err)
		}
	})
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
