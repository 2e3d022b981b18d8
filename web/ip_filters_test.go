package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

func filterPath(f console.IPFilter) string { return "/ip-filters/" + string(f.GUID) }

// behind lets the site believe what the tests' own requests forward.
func behind(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// from says who the client is, to a site that believes it.
func from(address string) webtest.Option { return webtest.Header("X-Forwarded-For", address) }

func using(f console.IPFilter) func(*console.NewToken) {
	return func(n *console.NewToken) { n.IPFilter = f.GUID }
}

func TestTheIPFiltersPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st, behind)
		closed := w.IPFilter("Büro & <b>", "deny all")
		w.Token(w.logs, w.owner, "bound", using(w.filter))
		v := w.SignedIn(w.owner)
		page := v.Get("/ip-filters", from("192.0.2.7")).Want(http.StatusOK)
		if page.Attr(`.side a[href="/ip-filters"]`, "aria-current") != "page" {
			t.Error("the menu does not lead here")
		}
		row := func(a *webtest.Answer, f console.IPFilter) string { return a.Text(`tr[id="f-` + string(f.GUID) + `"]`) }
		if got := row(page, w.filter); got != "office 1 line allows. Every other address is refused. Passes 1 token 21 Nov 2026" {
			t.Errorf("a row is %q", got)
		}
		if got := row(page, closed); got != "Büro & <b> Every address is refused. Refused No tokens 21 Nov 2026" {
			t.Errorf("another row is %q", got)
		}
		if got := row(v.Get("/ip-filters"), w.filter); !strings.Contains(got, "Refused") {
			t.Errorf("for an unknown address a row is %q", got)
		}
		tokens := v.Get(page.Attr(`.c-use a`, "href")).Want(http.StatusOK)
		if !slices.Equal(names(tokens), []string{"bound"}) || !strings.Contains(tokens.Text(".chips"), "IP filter office") {
			t.Errorf("its tokens are %q, with %q", names(tokens), tokens.Text(".chips"))
		}
		for query, want := range map[string]int{"?q=OFFICE": 1, "?q=192.0.2": 1, "?q=buro": 0, "?q=": 2} {
			if got := len(v.Get("/ip-filters" + query).All("tbody tr")); got != want {
				t.Errorf("%s finds %d, want %d", query, got, want)
			}
		}
		auditor := w.SignedIn(w.User("Aude", console.RoleAuditor))
		if a := auditor.Get("/ip-filters").Want(http.StatusOK); a.Has("#new-ip-filter") || a.Has(".c-act a") {
			t.Error("an auditor is offered changes")
		}
		shown := auditor.Get(filterPath(w.filter)).Want(http.StatusOK)
		if shown.Has(`a[href$="/edit"]`) || !shown.Has(`a[href^="/audit?"]`) || !strings.Contains(shown.Text("main"), "bound") {
			t.Errorf("an auditor sees %s", shown.Text("main"))
		}
		for _, path := range []string{"/ip-filters/new", filterPath(w.filter) + "/edit", filterPath(w.filter) + "/deletion"} {
			auditor.Get(path).Want(http.StatusForbidden)
		}
		for _, path := range []string{"/ip-filters", "/ip-filters/check", filterPath(w.filter), filterPath(w.filter) + "/deletion"} {
			auditor.Post(path, url.Values{"csrf": {auditor.CSRF()}}).Want(http.StatusForbidden)
		}
		v.Get("/ip-filters/junk").Want(http.StatusNotFound)
		v.Get("/ip-filters/" + string(console.NewGUID()) + "/edit").Want(http.StatusNotFound)
	})
}

func TestTryingAnAddress(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), behind)
	filter := w.IPFilter("both", "# office\nallow 10.0.0.0/8\ndeny 10.0.0.9")
	v := w.SignedIn(w.owner)
	for try, want := range map[string]string{
		"":                 "Your own address: 10.1.1.1 would pass. Line 2 decides: allow 10.0.0.0/8",
		"10.0.0.9":         "10.0.0.9 would be refused. Line 3 decides: deny 10.0.0.9",
		"::ffff:10.0.0.10": "10.0.0.10 would pass. Line 2 decides: allow 10.0.0.0/8",
		"2001:db8::1":      "2001:db8::1 would be refused. No line allows it, and what no line allows is refused as soon as one line allows something.",
		"10.1":             "“10.1” isn’t an address. Use a form such as 10.0.0.1 or 2001:db8::1.",
	} {
		path := filterPath(filter) + "?try=" + url.QueryEscape(try)
		page := v.Get(path, from("10.1.1.1")).Want(http.StatusOK)
		region := v.Get(path, from("10.1.1.1"), webtest.HTMX(filterPath(filter)), webtest.Header("HX-Target", "div#ip-test"))
		if page.Text("#ip-test") != want || webtestText(region) != want || region.Has("nav") {
			t.Errorf("%q: the page says %q, the region %q, want %q", try, page.Text("#ip-test"), webtestText(region), want)
		}
	}
	if got := v.Get(filterPath(filter)).Text("#ip-test"); !strings.Contains(got, "Your own address is not known") {
		t.Errorf("to somebody whose address is unknown it says %q", got)
	}
}

// webtestText is the text of a whole answer.
func webtestText(a *webtest.Answer) string { return a.Text("body") }

func TestIPRulesAreCheckedWhileTyping(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), behind)
	v := w.SignedIn(w.owner)
	form := v.Get("/ip-filters/new", from("10.1.1.1")).Want(http.StatusOK).Form("#ip-filter-form")
	form.Action = "/ip-filters/check"
	form.Values.Set("rules", "allow 192.168.0.0/16\r\nallow 192.168.7.0/24\r\nallow 10.0.0.0/40\r\n")
	form.Values.Set("try", "192.168.7.1")
	typed := v.Submit(form, webtest.HTMX("/ip-filters"), from("10.1.1.1")).Want(http.StatusOK)
	want := []string{"Line 2 allow 192.168.7.0/24 Line 1 already allows this.", "Line 3 allow 10.0.0.0/40 “10.0.0.0/40” isn’t an address or range. Use a form such as 10.0.0.0/8."}
	if got := typed.Texts(".remarks li"); !slices.Equal(got, want) || typed.Has("#ip-rules") || typed.Has("form") {
		t.Errorf("while typing it says %q: %s", got, typed.Body)
	}
	if got := typed.Text(".callout-warn"); got != "Your own address, 10.1.1.1, would be refused. No line allows it." {
		t.Errorf("about the reader's own address it says %q", got)
	}
	if got := typed.Text(`hx-partial[hx-target="#ip-verdict"]`); got != "192.168.7.1 would pass. Line 1 decides: allow 192.168.0.0/16" {
		t.Errorf("the tester says %q", got)
	}
	page := v.Submit(form, from("10.1.1.1")).Want(http.StatusOK)
	if got := page.Texts(".remarks li"); !slices.Equal(got, want) || !page.Has("main .page-form #ip-filter-form") || page.Form("#ip-filter-form").Action != "/ip-filters" {
		t.Errorf("without JavaScript it says %q", got)
	}
	// Add my address, by a link of the dialog and by a button of the page.
	form.Action += "?action=add"
	added := v.Submit(form, webtest.HTMX("/ip-filters"), from("10.1.1.1")).Want(http.StatusOK)
	const rules = "allow 192.168.0.0/16\nallow 192.168.7.0/24\nallow 10.0.0.0/40\nallow 10.1.1.1"
	if got := added.Text("#ip-rules textarea"); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(rules), " ") || added.Has(".callout-warn") {
		t.Errorf("with my address the rules are %q", got)
	}
	form.Action = "/ip-filters/check"
	form.Values.Set("action", "add")
	again := v.Submit(form, from("10.1.1.1")).Want(http.StatusOK).Form("#ip-filter-form")
	if again.Values.Get("rules") != rules {
		t.Errorf("without JavaScript the rules are %q", again.Values.Get("rules"))
	}
	again.Action = "/ip-filters/check?action=add"
	if twice := v.Submit(again, from("10.1.1.1")).Form("#ip-filter-form"); twice.Values.Get("rules") != rules {
		t.Errorf("twice added, the rules are %q", twice.Values.Get("rules"))
	}
	unknown := v.Submit(form).Want(http.StatusOK)
	if !unknown.Has("button[value=add][disabled]") || strings.Contains(unknown.Form("#ip-filter-form").Values.Get("rules"), "10.1.1.1") {
		t.Error("an unknown address can be added")
	}
	if all, err := w.Service.ListIPFilters(t.Context(), by(w.owner)); err != nil || len(all) != 1 {
		t.Errorf("checking made %v, %v", all, err)
	}
}

func TestSavingAnIPFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, here := w.SignedIn(w.owner), webtest.HTMX("/ip-filters?q=b")
		form := v.Get("/ip-filters/new").Want(http.StatusOK).Form("#ip-filter-form")
		form.Values.Set("rules", "allow 10.0.0.0/40")
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Text("#f-name-err") != "Give the filter a name." || refused.Text("#f-rules-err") != "Line 1: “10.0.0.0/40” isn’t an address or range. Use a form such as 10.0.0.0/8." {
			t.Errorf("it is refused with %q and %q", refused.Text("#f-name-err"), refused.Text("#f-rules-err"))
		}
		form.Values.Set("name", " Büro ")
		form.Values.Set("rules", "\r\n allow  10.0.0.0/8 # egress\r\n")
		added := v.Submit(form, here).Want(http.StatusOK)
		if got := added.Texts(`hx-partial[hx-target="#ip-filter-list"] .nm`); !slices.Equal(got, []string{"Büro"}) || added.Text("hx-partial strong") != "Büro added" {
			t.Errorf("the answer is %.400s", added.Body)
		}
		filter, err := w.Service.GetIPFilterNamed(t.Context(), by(w.owner), "büro")
		if err != nil || filter.Text != "\n allow  10.0.0.0/8 # egress\n" {
			t.Fatalf("it is kept as %q, %v", filter.Text, err)
		}
		if a := v.Submit(form).Want(http.StatusConflict); a.Text("#f-name-err") != "There is already an IP filter with that name." {
			t.Errorf("a taken name: %q", a.Text("#f-name-err"))
		}
		// Rules that refuse everybody are saved only by somebody who was told.
		edit := v.Get(filterPath(filter.IPFilter) + "/edit").Want(http.StatusOK).Form("#ip-filter-form")
		edit.Values.Set("rules", "deny all")
		told := v.Submit(edit).Want(http.StatusUnprocessableEntity)
		if !strings.Contains(told.Text(".callout-bad"), "Nothing is saved yet. These rules refuse every address.") {
			t.Errorf("it says %q", told.Text(".callout-bad"))
		}
		edit = told.Form("#ip-filter-form")
		v.Submit(edit).Want(http.StatusSeeOther)
		if a := v.Get(filterPath(filter.IPFilter)); a.Text("#toasts strong") != "Büro saved" || !strings.Contains(a.Text("main"), "Nothing can pass") {
			t.Errorf("the page says %q", a.Text("main"))
		}
		// A form that is based on the first version loses nothing.
		edit.Values.Set("rules", "allow 10.7.0.0/16")
		for _, options := range [][]webtest.Option{nil, {here}} {
			stale := v.Submit(edit, options...).Want(http.StatusConflict)
			if stale.Text("#f-rules-now") != "Stored now: deny all" || stale.Form("#ip-filter-form").Values.Get("rules") != "allow 10.7.0.0/16" ||
				stale.Has("#f-name-now") || !strings.Contains(stale.Text(".callout-warn"), "You changed this IP filter just now.") {
				t.Errorf("a stale form: %s", stale.Text("#ip-filter-form"))
			}
			if options != nil {
				v.Submit(stale.Form("#ip-filter-form"), here).Want(http.StatusOK)
			}
		}
		events := v.Get("/audit?action=ip_filter.edited").Want(http.StatusOK)
		if !strings.Contains(events.Text("main"), "edited IP filter Büro") || !strings.Contains(events.Text("main"), "allow 10.7.0.0/16") {
			t.Errorf("the audit log says %s", events.Text("main"))
		}
	})
}

// TestAFilterInUseIsNotShutUnasked: rules that refuse everybody cut off the
// tokens that use them, so the form asks for that, as it is typed and as it is saved.
func TestAFilterInUseIsNotShutUnasked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		w.Token(w.logs, w.owner, "one", using(w.filter))
		w.Token(w.logs, w.owner, "two", using(w.filter))
		later, _ := w.Token(w.logs, w.owner, "later", using(w.filter))
		if _, err := w.Service.DisableToken(t.Context(), by(w.owner), "", later.GUID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		form := v.Get(filterPath(w.filter) + "/edit").Want(http.StatusOK).Form("#ip-filter-form")
		for text, asks := range map[string]bool{"deny all": true, "allow 10.0.0.0/8\ndeny 10.0.0.0/8": true, "allow 10.9.9.9": false, "": false} {
			check := form
			check.Action, check.Values = "/ip-filters/check", with(form.Values, "rules", text)
			a := v.Submit(check, webtest.HTMX(filterPath(w.filter))).Want(http.StatusOK)
			if a.Has(`input[name="confirm"][required]`) != asks || asks && a.Text("#f-confirm .optrow") != "Save, and let 2 active tokens that use it open nothing any more" {
				t.Errorf("typing %q: %s", text, a.Body)
			}
		}
		for text, want := range map[string]string{"# office\n\n# later": "Every line is a comment, so there are no rules: every address passes.", "\n": "No rules: every address passes.", "# x\nallow": "No rules: every address passes."} {
			check := form
			check.Action, check.Values = "/ip-filters/check", with(form.Values, "rules", text)
			if a := v.Submit(check, webtest.HTMX(filterPath(w.filter))); a.Text(".hint") != want {
				t.Errorf("of %q it says %q", text, a.Text(".hint"))
			}
		}
		form.Values.Set("rules", "deny all")
		form.Values.Set("warned", "nothing") // as typing says
		for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/ip-filters")}} {
			asked := v.Submit(form, options...).Want(http.StatusUnprocessableEntity)
			if asked.Text("#f-confirm-err") != "Confirm that 2 active tokens open nothing any more." || asked.Has(`input[name="confirm"][checked]`) {
				t.Errorf("saving: %s", asked.Text("#ip-filter-form"))
			}
		}
		kept, err := w.Service.GetIPFilter(t.Context(), by(w.owner), w.filter.GUID)
		if err != nil || kept.Text != w.filter.Text {
			t.Errorf("it is %q, %v", kept.Text, err)
		}
		form.Values.Set("confirm", "cut-off")
		v.Submit(form).Want(http.StatusSeeOther)
		again := v.Get(filterPath(w.filter) + "/edit").Form("#ip-filter-form")
		if again.Values.Get("rules") != "deny all" {
			t.Errorf("saved is %q", again.Values.Get("rules"))
		}
		again.Values.Set("name", "shut")
		v.Submit(again).Want(http.StatusSeeOther) // nothing gets worse
	})
}

func TestDeletingAnIPFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		ask := v.Get(filterPath(w.filter) + "/deletion").Want(http.StatusOK).Form("#ip-filter-deletion-form")
		token, _ := w.Token(w.logs, w.owner, "bound", using(w.filter))
		for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/ip-filters")}} {
			if a := v.Submit(ask, options...).Want(http.StatusConflict); !strings.Contains(a.Text("body"), "It was not deleted: it is in use.") || a.Has("[data-save]") {
				t.Errorf("in use: %s", a.Text("body"))
			}
		}
		if a := v.Get(filterPath(w.filter) + "/deletion").Want(http.StatusOK); !strings.Contains(a.Text("main"), "1 token uses it.") || a.Has("[data-save]") {
			t.Errorf("the question is %s", a.Text("main"))
		}
		if _, err := w.Service.DeleteToken(t.Context(), by(w.owner), "", token.GUID, token.Name); err != nil {
			t.Fatal(err)
		}
		if a := v.Submit(ask, webtest.HTMX(filterPath(w.filter))).Want(http.StatusOK); a.Header.Get("HX-Location") != "/ip-filters" {
			t.Errorf("from its own page it leads to %q", a.Header.Get("HX-Location"))
		}
		v.Get(filterPath(w.filter)).Want(http.StatusNotFound)
		other := w.IPFilter("other", "")
		a := v.Submit(v.Get(filterPath(other)+"/deletion").Form("#ip-filter-deletion-form"), webtest.HTMX("/ip-filters")).Want(http.StatusOK)
		if !strings.Contains(a.Text(`hx-partial[hx-target="#ip-filter-list"]`), "No IP filters yet") {
			t.Errorf("the list becomes %s", a.Body)
		}
	})
}

func TestTokensChooseAnIPFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, here := w.SignedIn(w.owner), webtest.HTMX(list)
		form := v.Get(list + "/new?name=bound&scopes=ReadAccess&ip_filter=OFFICE").Want(http.StatusOK).Form("#token-form")
		if form.Values.Get("ip_filter") != string(w.filter.GUID) {
			t.Errorf("a link fills in %q", form.Values.Get("ip_filter"))
		}
		unknown := form
		unknown.Values = url.Values{}
		for name, values := range form.Values {
			unknown.Values[name] = values
		}
		unknown.Values.Set("ip_filter", string(console.NewGUID()))
		if a := v.Submit(unknown).Want(http.StatusUnprocessableEntity); a.Text("#f-ip-filter-err") != "There is no such IP filter." {
			t.Errorf("an unknown filter: %q", a.Text("#f-ip-filter-err"))
		}
		v.Submit(form, here).Want(http.StatusCreated)
		page := v.Get(list + "?ip_filter=Office").Want(http.StatusOK)
		if !slices.Equal(names(page), []string{"bound"}) || page.Attr(`select[name=ip_filter] option[selected]`, "value") != "office" {
			t.Errorf("the list has %q", names(page))
		}
		if got := names(v.Get(list + "?ip_filter=no-such")); len(got) != 0 {
			t.Errorf("a filter that names nothing keeps %q", got)
		}
		path := strings.Split(page.Attr(".tbl-tokens .nm", "href"), "?")[0]
		if got := v.Get(path).Want(http.StatusOK).Text(`[aria-labelledby="panel-ip-filter"]`); got != "IP filter Open office allow 192.0.2.0/24 Any other address is refused" {
			t.Errorf("its details say %q", got)
		}
		if got := v.Get(tokenPath(w)).Text(`[aria-labelledby="panel-ip-filter"]`); got != "IP filter None: it can be used from every address." {
			t.Errorf("details without a filter say %q", got)
		}
		if copied := v.Get(list + "/new?copy=" + path[strings.LastIndex(path, "/")+1:]).Form("#token-form"); copied.Values.Get("ip_filter") != string(w.filter.GUID) {
			t.Errorf("a duplicate uses %q", copied.Values.Get("ip_filter"))
		}
		if got := v.Get("/repositories/web-logs/settings/ip-filters").Want(http.StatusOK); !strings.Contains(got.Text("main"), "office") || len(names(v.Get(got.Attr(".rows li > a", "href")))) != 1 {
			t.Errorf("the repository's page says %s", got.Text("main"))
		}
		edit := v.Get(path + "/edit").Want(http.StatusOK).Form("#token-form")
		edit.Values.Del("ip_filter")
		edit.Values.Set("description", "by a form that knows of no filters")
		v.Submit(edit).Want(http.StatusSeeOther)
		edit = v.Get(path + "/edit").Form("#token-form")
		if edit.Values.Get("ip_filter") != string(w.filter.GUID) {
			t.Error("a form that knows of no filters took it away")
		}
		stale := edit
		other := w.IPFilter("other", "")
		edit.Values.Set("ip_filter", string(other.GUID))
		v.Submit(edit).Want(http.StatusSeeOther)
		stale.Values.Set("ip_filter", "")
		if a := v.Submit(stale).Want(http.StatusConflict); a.Text("#f-ip-filter-now") != "Stored now: other" {
			t.Errorf("a stale form says %q", a.Text("#f-ip-filter-now"))
		}
	})
}

// TestAMemberAndIPFilters: a manager chooses among all filters by name, and
// sees on the pages of their repository what their tokens use.
func TestAMemberAndIPFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		hidden := w.IPFilter("hidden rules", "allow 198.51.100.0/24")
		token, _ := w.Token(w.logs, w.owner, "bound", using(w.filter))
		member := w.User("Mem", console.RoleMember)
		w.Member(member, w.logs, console.MemberManager, "ReadAccess")
		v := w.SignedIn(member)
		if page := v.Get(list + "/new").Want(http.StatusOK); !page.Has(`select[name=ip_filter] option[value="` + string(hidden.GUID) + `"]`) {
			t.Error("a manager can't choose a filter")
		}
		page := v.Get("/repositories/web-logs/settings/ip-filters").Want(http.StatusOK)
		if !strings.Contains(page.Text("main"), "office 1 line allows.") || strings.Contains(page.Text("main"), "hidden") || page.Has(`a[href^="/ip-filters"]`) {
			t.Errorf("a member sees %s", page.Text("main"))
		}
		details := v.Get(list + "/" + string(token.GUID)).Want(http.StatusOK)
		if !strings.Contains(details.Text("#panel"), "192.0.2.0/24") || details.Has(`a[href^="/ip-filters"]`) {
			t.Errorf("the details say %s", details.Text("#panel"))
		}
		for _, path := range []string{"/ip-filters", filterPath(w.filter), filterPath(hidden) + "/edit"} {
			v.Get(path).Want(http.StatusNotFound)
		}
	})
}
