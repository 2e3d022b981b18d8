package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

// TestEveryActionHasASentence: what happens can be told.
func TestEveryActionHasASentence(t *testing.T) {
	seen := map[string]console.Action{}
	for _, action := range console.Actions {
		event := console.AuditEvent{Action: action, Actor: console.PersonRef{GUID: "a", Name: "Mira"}, Target: console.Target{GUID: "b", Name: "the thing"}}
		sentence := views.Sentence(event)
		group, label := views.ActionLabel(action)
		if !strings.HasPrefix(sentence, "Mira ") || strings.Contains(sentence, string(action)) || group == "" || label == "" {
			t.Errorf("%s is told as %q, and offered as %q: %q", action, sentence, group, label)
		}
		if other, taken := seen[sentence]; taken {
			t.Errorf("%s and %s are both told as %q", action, other, sentence)
		}
		seen[sentence] = action
	}
	if got := views.Sentence(console.AuditEvent{Action: "token.sung", Target: console.Target{Name: "x"}}); got != "Somebody did token.sung to x" {
		t.Errorf("an action of a later release is told as %q", got)
	}
}

func TestTheAuditLog(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		mira := w.User("Mira Okafor", console.RoleAdministrator)
		v := w.SignedIn(mira)
		form := v.Get(tokenPath(w) + "/edit").Form("#token-form")
		form.Values.Set("description", "New <b>words</b>")
		form.Values.Set("valid_to", "2027-01-01T00:00")
		w.Advance(26 * time.Hour)
		v = w.SignedIn(mira)
		form.Values.Set("csrf", v.CSRF())
		v.Submit(form, webtest.Header("User-Agent", "curl/8.0")).Want(http.StatusSeeOther)
		revoke := v.Get(tokenPath(w) + "/revocation").Form("#revoke-form")
		revoke.Values.Set("reason", "leaked")
		v.Submit(revoke).Want(http.StatusSeeOther)

		a := v.Get("/audit").Want(http.StatusOK)
		if got := a.Texts("h2.day"); !slices.Equal(got, []string{"Today, 22 November", "Yesterday, 21 November"}) {
			t.Errorf("the days are %q", got)
		}
		lines := a.Texts("summary")
		for i, want := range []string{
			"22:52:00 MO Mira Okafor revoked token grafana-readonly token.revoked web-logs 127.0.0.1",
			"22:52:00 MO Mira Okafor edited token grafana-readonly token.edited web-logs 127.0.0.1",
			"22:52:00 MO Mira Okafor signed in session.started Console 127.0.0.1",
		} {
			if i >= len(lines) || lines[i] != want {
				t.Errorf("line %d of %q, want %q", i, lines, want)
			}
		}
		edited := a.All("details.ev")[1]
		text := webtest.Text(edited)
		for _, want := range []string{
			"Description Before: none → After: New <b>words</b>", "Valid to Before: none → After: 1 Jan 2027, 00:00 UTC",
			"GUID " + string(w.token.GUID)[:8], "Agent curl/8.0", "Address 127.0.0.1", "Request ", "When 22 Nov 2026, 22:52 UTC", "All about grafana-readonly", "All by Mira Okafor",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the details lack %q: %s", want, text)
			}
		}
		if !strings.Contains(webtest.Text(a.All("details.ev")[0]), "Reason leaked") || strings.Contains(a.Body, "~lk_") {
			t.Error("the reason is missing, or a secret is not")
		}
		for _, link := range a.All(".ev-more a[href]") {
			if got := v.Get(webtest.Attr(link, "href")); got.Status != http.StatusOK {
				t.Errorf("%s gives %d", webtest.Attr(link, "href"), got.Status)
			}
		}
		w.SignedIn(w.User("Aude", console.RoleAuditor)).Get("/audit").Want(http.StatusOK)
		w.SignedIn(w.User("Stella", console.RoleMember)).Get("/audit").Want(http.StatusNotFound)
	})
}

func TestAuditFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := w.Repository("other-logs")
		w.Advance(20 * 24 * time.Hour)
		late, _ := w.Token(other, w.owner, "late-one")
		v := w.SignedIn(w.owner)
		for query, want := range map[string]int{
			"":                                 2, // late-one, signed in
			"?period=24h":                      2,
			"?period=30d":                      6, // an account, two repositories, two tokens, signed in
			"?period=all&action=token.created": 2,
			"?period=all&action=token.created&action=repository.created":                 4,
			"?period=all&action=token.sung":                                              6,
			"?period=all&q=LATE":                                                         1,
			"?period=all&q=olga+late":                                                    1,
			"?period=all&q=" + string(late.GUID)[:13]:                                    1,
			"?period=all&repository=other-logs":                                          2,
			"?period=all&repository=no-logs":                                             6,
			"?period=all&target=" + string(w.token.GUID):                                 1,
			"?period=all&actor=" + string(w.owner.GUID):                                  3,
			"?from=2026-11-21&to=2026-11-21":                                             4,
			"?period=dates&from=2026-11-22":                                              2,
			"?period=24h&from=2026-11-21":                                                2,
			"?period=dates&from=junk&to=2026-02-30":                                      6,
			"?period=all&q=nothing-like-it":                                              0,
			"?period=forever&action=%00&repository=%00&q=%00&actor=x&target=%ff&limit=9": 0,
		} {
			a := v.Get("/audit" + query).Want(http.StatusOK)
			if got := len(a.All("details.ev")); got != want {
				t.Errorf("%q shows %d entries, want %d: %q", query, got, want, a.Texts(".ev-t"))
			}
			if shown := a.Text("#audit-matches"); !strings.HasPrefix(shown, fmt.Sprint(len(a.All("details.ev")))) {
				t.Errorf("%q says %s", query, shown)
			}
			if want == 0 && !strings.Contains(a.Text(".empty"), "No entries match") {
				t.Errorf("%q: an empty log says %s", query, a.Text(".empty"))
			}
		}
		a := v.Get("/audit?action=token.created&repository=other-logs&actor=" + string(w.owner.GUID) + "&target=" + string(late.GUID) + "&period=90d&q=late")
		want := []string{"Text late", "Tokens Created", "Repository other-logs", "About late-one", "By Olga", "Period Last 90 days"}
		if got := a.Texts(".chips .chip-on"); !slices.Equal(got, want) {
			t.Errorf("chips %q, want %q", got, want)
		}
		if a.Text("#action-count") != "1" || a.Attr("#filter-period option[selected]", "value") != "90d" || a.Attr(".chips .link-btn", "href") != "/audit" ||
			a.Attr(`input[form="audit-filters"][name="target"]`, "value") != string(late.GUID) {
			t.Error("the form does not show what is chosen")
		}
		for _, chip := range a.All(".chips .chip-on a") {
			if left := v.Get(webtest.Attr(chip, "href")).Want(http.StatusOK); len(left.All(".chips .chip-on")) != len(want)-1 {
				t.Errorf("removing %s leaves %q", webtest.Attr(chip, "aria-label"), left.Texts(".chips .chip-on"))
			}
		}
		for query, want := range map[string]string{"from=2026-11-21&to=2026-11-20": "The dates are the wrong way round", "from=1999-11-21&to=1999-11-21": "No entries match"} {
			if got := v.Get("/audit?period=dates&" + query); !strings.HasPrefix(got.Text(".empty"), want) || strings.Count(got.Text("main"), "0 entries") != 1 {
				t.Errorf("%s: %s", query, got.Text("main"))
			}
		}
		if got := v.Get("/audit?from=2026-11-01&to=2026-11-30").Texts(".chips .chip-on"); !slices.Equal(got, []string{"From 1 Nov 2026", "To 30 Nov 2026"}) {
			t.Errorf("days are said as %q", got)
		}
		if got := v.Get("/audit?period=dates&from=2026-11-21").Attr(".chips .chip-on a", "href"); got != "/audit" {
			t.Errorf("removing the last day leads to %s", got)
		}
	})
}

// TestAuditPages walk the whole log, forwards and back, and by htmx.
func TestAuditPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		for i := range 60 {
			w.Token(w.logs, w.owner, fmt.Sprintf("t-%02d", i))
		}
		v := w.SignedIn(w.owner)
		ids := func(a *webtest.Answer) []string {
			var all []string
			for _, event := range a.All("details.ev") {
				all = append(all, webtest.Attr(event, "id"))
			}
			return all
		}
		first := v.Get("/audit?limit=25&action=token.created").Want(http.StatusOK)
		second := v.Get(first.Attr(`a[aria-label="Next page"]`, "href"))
		third := v.Get(second.Attr(`a[aria-label="Next page"]`, "href"))
		if first.Text(".foot .num") != "1–25 of 61" || third.Text(".foot .num") != "51–61 of 61" || third.Has(`a[href][aria-label="Next page"]`) {
			t.Errorf("the pages are %q and %q", first.Text(".foot .num"), third.Text(".foot .num"))
		}
		walked := slices.Concat(ids(first), ids(second), ids(third))
		if slices.Sort(walked); len(slices.Compact(walked)) != 61 {
			t.Errorf("%d entries were seen", len(walked))
		}
		if !slices.Equal(ids(v.Get(third.Attr(`a[href][aria-label="Previous page"]`, "href"))), ids(second)) {
			t.Error("backwards is another way")
		}
		path := first.Attr(`a[aria-label="Next page"]`, "href")
		region := v.Get(path, webtest.HTMX("/audit?limit=25&action=token.created")).Want(http.StatusOK)
		if region.Has("nav.side") || region.Header.Get("HX-Push-Url") != path {
			t.Errorf("the region is pushed as %s", region.Header.Get("HX-Push-Url"))
		}
		parts := []string{partial.ReplaceAllString(region.Body, "")}
		for _, found := range partial.FindAllStringSubmatch(region.Body, -1) {
			parts = append(parts, found[1])
		}
		page := v.Get(path)
		for _, part := range parts {
			if part = strings.TrimSpace(part); part == "" || !strings.Contains(page.Body, part) {
				t.Errorf("the page lacks this part of its region: %.300s", part)
			}
		}
		if len(ids(v.Get("/audit?limit=25&cursor=junk"))) != 25 {
			t.Error("a damaged cursor does not begin at the start")
		}
	})
}

// TestTheLogOfARefusedSignIn tells who tried, and holds no password.
func TestTheLogOfARefusedSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		visitor := w.Visitor()
		form := visitor.Get("/login").Form("#login-form")
		form.Values.Set("email", "intruder@example.com")
		form.Values.Set("password", "a canary of a password")
		visitor.Submit(form)
		a := w.SignedIn(w.owner).Get("/audit?action=session.refused").Want(http.StatusOK)
		if got := a.Texts(".ev-t"); len(got) != 1 || !strings.HasPrefix(got[0], "intruder@example.com was refused at sign-in") {
			t.Errorf("the log tells %q", got)
		}
		if strings.Contains(a.Body, "canary") {
			t.Error("the log holds a password")
		}
	})
}

// TestTheAuditLogLinksBack: the addresses that other pages give are ones that it reads.
func TestTheAuditLogLinksBack(t *testing.T) {
	guid := console.NewGUID()
	for path, want := range map[string]url.Values{
		views.AuditOfPath(guid): {"period": {"all"}, "target": {string(guid)}},
		views.AuditByPath(guid): {"period": {"all"}, "actor": {string(guid)}},
	} {
		address, err := url.Parse(path)
		if err != nil || address.Query().Encode() != want.Encode() || address.Path != views.AuditPath() {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestTheLogTellsOfPersonalTokens: what somebody did with theirs is told as such in
// the log, its exports and the history of what they did it to.
func TestTheLogTellsOfPersonalTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		asking := console.Principal{}.As(w.owner)
		asking.Token = console.NewGUID()
		event := asking.Did(console.TokenDisabled, w.token.AsTarget(), w.Now())
		w.event(t, st, event)
		v := w.SignedIn(w.owner)
		for _, address := range []string{views.AuditThroughPath(console.Token{GUID: asking.Token, Type: console.TypePersonal}), views.AuditOfPath(w.token.GUID) + "&action=token.disabled"} {
			a := v.Get(address).Want(http.StatusOK)
			if got := a.Texts(".ev-t"); len(got) != 1 || !strings.HasPrefix(got[0], w.owner.Name+" (personal token) disabled token "+w.token.Name) || !strings.Contains(a.Text(".ev-more"), string(asking.Token)) {
				t.Errorf("%s tells %q", address, got)
			}
			for _, link := range a.All("#export-menu a") {
				if file := v.Get(webtest.Attr(link, "href")).Want(http.StatusOK).Body; strings.Count(file, string(asking.Token)) != 1 {
					t.Errorf("%s: %s", webtest.Attr(link, "href"), file)
				}
			}
		}
		if trail := strings.Join(v.Get(views.TokenPath(w.logs.Name, w.token.GUID)).Want(http.StatusOK).Texts(".trail"), " "); !strings.Contains(trail, "by "+w.owner.Name+" (personal token)") {
			t.Errorf("the token's history is %q", trail)
		}
	})
}

// TestASecretLeavesTheAddress: somebody who pastes one into an address gets what
// they asked for, and the secret is gone from where it would be kept.
func TestASecretLeavesTheAddress(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	whole, guid := w.secret.Reveal(), string(w.token.GUID)
	in, out := w.SignedIn(w.owner), w.Visitor()
	for _, test := range []struct{ address, want string }{
		{"/audit?q=" + whole, "/audit?q=" + guid},
		{"/audit?q=" + url.QueryEscape(whole), "/audit?q=" + guid},
		{"/scopes?q=" + whole, "/scopes?q=" + guid},
		{tokenPath(w) + "?status=all&q=" + whole, tokenPath(w) + "?q=" + guid + "&status=all"},
		{tokenPath(w) + "?q=" + whole[console.GUIDLength+1:], tokenPath(w)},
		{"/settings?access_token=" + whole + "&a=b", "/settings?a=b&access_token=" + guid},
		{"/settings?" + whole, "/settings"},
		{"/settings?a=%zz&q=" + whole, "/settings?q=" + guid},
		{"/settings?a=%zz&q=" + strings.ReplaceAll(whole, "_", "%5F"), "/settings?q=" + guid},
		{"/tokens/" + whole, "/tokens/" + guid},
		{"/tokens/" + whole + "/edit?a=b", "/tokens/" + guid + "?a=b"},
		{"/connect?repository=" + whole, "/connect?repository=" + guid},
		{"/api/explorer?operation=" + whole, "/api/explorer?operation=" + guid},
		{"/login?next=" + url.QueryEscape("/tokens?q="+whole), "/login?next=" + url.QueryEscape("/tokens?q="+guid)},
		{"/login?next=" + url.QueryEscape("/tokens?q="+url.QueryEscape(whole)), "/login?next=" + url.QueryEscape("/tokens?q="+guid)},
		{"/no/such/page?q=" + whole, "/"},
		{"//example.com/?q=" + whole, "/"},
		{"/" + whole, "/"},
	} {
		for _, v := range []*webtest.Visitor{in, out} {
			a := v.Get(test.address).Want(http.StatusSeeOther)
			if to := a.Header.Get("Location"); to != test.want {
				t.Errorf("%s leads to %s, want %s", test.address, to, test.want)
			}
			if shown := v.Get(test.want); strings.Contains(shown.Body, "lk_") {
				t.Errorf("%s shows the secret", test.want)
			}
		}
	}
	form := in.Get("/tokens").Form("#search-form")
	if a := in.Do(http.MethodPost, "/search?a="+whole, form.Values.Encode()).Want(http.StatusBadRequest); strings.Contains(a.Body, "lk_") {
		t.Error("the answer to a form tells the secret in its address")
	}
	if a := out.Get("/login/none/callback?code=" + whole); a.Status == http.StatusSeeOther {
		t.Errorf("what a provider says is taken for a secret: %v", a.Header)
	}
}

// TestTheLogWithoutPartsOfBulkChanges: on the page, from page to page, by htmx and in
// its files; a bulk change leads to its parts, where nobody is offered to leave them out.
func TestTheLogWithoutPartsOfBulkChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		job := console.NewGUID()
		for range 60 {
			w.event(t, st, console.AuditEvent{Action: console.TokenRevoked, Actor: w.owner.Ref(), Target: w.token.AsTarget(), Parent: job})
			w.event(t, st, console.AuditEvent{Action: console.TokenEdited, Actor: w.owner.Ref(), Target: w.token.AsTarget()})
		}
		w.event(t, st, console.AuditEvent{Action: console.BulkFinished, Actor: w.owner.Ref(), Target: console.Target{Kind: console.TargetBulk, GUID: job, Name: "Revoke tokens"}})
		v := w.SignedIn(w.owner)
		usual := v.Get("/audit?limit=25").Want(http.StatusOK)
		form := usual.Form("#audit-filters")
		if usual.Has("#filter-parts[checked]") || form.Values.Has("parts") || usual.Has(".chips") || !strings.Contains(strings.Join(usual.Texts(".ev-t"), " "), "revoked token") {
			t.Errorf("unasked, parts are left out: %v, %q", form.Values, usual.Texts(".ev-t"))
		}
		form.Values.Set("parts", usual.Attr("#filter-parts", "value"))
		a := v.Get("/audit?" + form.Values.Encode()).Want(http.StatusOK)
		if got := a.Texts(".chips .chip-on"); !slices.Equal(got, []string{"Parts of bulk changes left out"}) || !a.Has("#filter-parts[checked]") {
			t.Errorf("the chips are %q", got)
		}
		seen := 0
		for a = v.Get("/audit?limit=25&parts=none&actor=" + string(w.owner.GUID)); ; a = v.Get(a.Attr(`a[href][aria-label="Next page"]`, "href")) {
			seen += len(a.All("details.ev"))
			if strings.Contains(strings.Join(a.Texts(".ev-t"), " "), "revoked token") || !strings.HasSuffix(a.Text(".foot .num"), " of 63") {
				t.Errorf("a page is %s, with %q", a.Text(".foot .num"), a.Texts(".ev-t"))
			}
			if !a.Has(`a[href][aria-label="Next page"]`) {
				break
			}
		}
		if seen != 63 {
			t.Errorf("%d entries are seen, want 63", seen)
		}
		if parts := a.Attr(`.foot form input[name="parts"]`, "value"); parts != "none" {
			t.Errorf("another size of pages asks for parts=%q", parts)
		}
		region := v.Get("/audit?parts=none&action=token.revoked&action=bulk.finished", webtest.HTMX("/audit")).Want(http.StatusOK)
		if got := region.Texts(".ev-t"); len(got) != 1 || region.Attr(".chips .chip-on a", "href") == "" {
			t.Errorf("by htmx it is %q", got)
		}
		for _, link := range region.All("#export-menu a") {
			address := webtest.Attr(link, "href")
			if body := v.Get(address).Want(http.StatusOK).Body; !strings.Contains(address, "parts=none") || !strings.Contains(body, "bulk.finished") || strings.Contains(body, "token.revoked") {
				t.Errorf("%s: %s", address, body)
			}
		}
		if told := v.Get("/audit?action=audit.exported").Text(".ev-more"); !strings.Contains(told, "Parts of bulk changes left out") {
			t.Errorf("the record of the export is %s", told)
		}
		parts := ""
		for _, link := range region.All(".ev-more a") {
			if webtest.Text(link) == "All entries" {
				parts = webtest.Attr(link, "href")
			}
		}
		for _, address := range []string{parts, parts + "&parts=none"} {
			of := v.Get(address).Want(http.StatusOK)
			if of.Text("#audit-matches") != "60 entries" || of.Has("#filter-parts") || len(of.All(".chips .chip-on")) != 2 {
				t.Errorf("%s shows %s with %q", address, of.Text("#audit-matches"), of.Texts(".chips .chip-on"))
			}
		}
	})
}
