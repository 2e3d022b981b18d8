package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// TestHostileInputInTheLifeOfAToken sends what no form has to each field of
// the forms that change tokens and scopes.
func TestHostileInputInTheLifeOfAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		ownScope(w, "billing:read")
		v := w.SignedIn(w.owner)
		csrf := v.CSRF()
		guid := string(w.token.GUID)
		kept, _ := w.Token(w.logs, w.owner, "kept") // one whose name nobody changes to what is typed below
		forms := map[string]url.Values{
			tokenPath(w): v.Get(tokenPath(w) + "/edit").Form("#token-form").Values,
			list + "/" + string(kept.GUID) + "/pause":    {"csrf": {csrf}, "until": {"2020-01-01T00:00"}, "zone": {"UTC"}},
			tokenPath(w) + "/rotation":                   v.Get(tokenPath(w) + "/rotation").Form("#rotation-form").Values,
			"/tokens/find":                               {"csrf": {csrf}, "secret": {"no"}},
			list + "/" + string(kept.GUID) + "/deletion": {"csrf": {csrf}, "confirm": {"no"}},
			list + "/bulk":                               {"csrf": {csrf}, "verb": {"extend"}, "guid": {guid}, "valid_to": {"2027-01-01T00:00"}, "zone": {"UTC"}},
			list + "/bulk/execution":                     {"csrf": {csrf}, "verb": {"disable"}, "guid": {guid}, "until": {"2020-01-01T00:00"}, "zone": {"UTC"}, "reason": {"no"}, "confirm": {"no"}},
			"/scopes":                                    {"csrf": {csrf}, "name": {"billing:read"}, "label": {"l"}, "group": {"g"}, "risk": {"high"}, "types": {"repository"}},
			"/scopes/billing:read":                       {"csrf": {csrf}, "version": {"0"}, "label": {"l"}, "group": {"g"}, "risk": {"high"}, "types": {"repository"}},
		}
		for path, values := range forms {
			for field := range values {
				if field == "csrf" {
					continue
				}
				missing := with(values, field, "")
				missing.Del(field)
				check(t, path+" without "+field, v.Post(path, missing))
				for name, text := range hostile {
					changed := with(values, field, text)
					check(t, path+" "+field+" "+name, v.Post(path, changed))
					check(t, path+" "+field+" "+name+" htmx", v.Post(path, changed, webtest.HTMX(list)))
				}
			}
			large := with(values, "description", strings.Repeat("x", 1<<20))
			if a := v.Post(path, large); a.Status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with a megabyte gives %d", path, a.Status)
			}
		}
		for _, path := range []string{"/tokens?limit=100", list + "?status=all", "/scopes", "/audit?period=all&limit=100", tokenPath(w)} {
			check(t, path, v.Get(path).Want(http.StatusOK))
		}
	})
}

// TestHostileNamesInTheLifeOfAToken: a name that looks like markup is a name,
// wherever it is asked about and told of.
func TestHostileNamesInTheLifeOfAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for _, name := range []string{hostile["markup"], hostile["htmx"], hostile["partial"], hostile["template"]} {
			token, _ := w.Token(w.logs, w.owner, name, func(n *console.NewToken) { n.Description = hostile["markup"] })
			path := list + "/" + string(token.GUID)
			for _, ask := range []string{path, path + "/edit", path + "/pause", path + "/deletion", list + "/new?copy=" + string(token.GUID), "/audit?target=" + string(token.GUID)} {
				check(t, ask, v.Get(ask).Want(http.StatusOK))
				check(t, ask+" htmx", v.Get(ask, webtest.HTMX(path)).Want(http.StatusOK))
			}
			bulk := url.Values{"csrf": {v.CSRF()}, "verb": {"delete"}, "guid": {string(token.GUID)}}
			asked := v.Post(list+"/bulk", bulk).Want(http.StatusOK)
			check(t, "bulk", asked)
			deletion := v.Get(path + "/deletion").Form("#token-deletion-form")
			deletion.Values.Set("confirm", v.Get(path+"/deletion").Attr("#f-confirm", "data-match"))
			v.Submit(deletion).Want(http.StatusSeeOther)
			check(t, "the news", v.Get(list))
			check(t, "the log", v.Get("/audit?q=deleted&action=token.deleted"))
		}
	})
}

// TestHostileAddressesInTheLifeOfAToken does the same to what is read from addresses.
func TestHostileAddressesInTheLifeOfAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for name, text := range hostile {
			for _, parameter := range []string{"q", "action", "repository", "actor", "target", "period", "from", "to", "limit", "cursor", "page", "copy"} {
				query := "?" + url.Values{parameter: {text}}.Encode()
				for _, path := range []string{"/audit", "/scopes", "/tokens/new", tokenPath(w)} {
					check(t, path+" "+parameter+" "+name, v.Get(path+query))
				}
			}
			// htmx says where it asks from; anybody can say anything.
			for _, header := range []string{"HX-Current-URL", "HX-Target", "HX-Source"} {
				if strings.ContainsAny(text, "\r\n\x00") {
					continue
				}
				a := v.Get(list, webtest.HTMX(list), webtest.Header(header, text))
				check(t, header+" "+name, a)
				check(t, header+" "+name+" details", v.Get(tokenPath(w), webtest.HTMX(list), webtest.Header(header, text)))
			}
			escaped := url.PathEscape(text)
			if text == "" || len(text) > 1000 {
				continue
			}
			for _, path := range []string{"/scopes/" + escaped + "/edit", "/scopes/" + escaped + "/retirement", list + "/" + escaped + "/edit", "/tokens/" + escaped + "/deletion"} {
				a := v.Get(path)
				check(t, path, a)
				if a.Status != http.StatusNotFound {
					t.Errorf("%s gives %d", path, a.Status)
				}
			}
		}
	})
}
