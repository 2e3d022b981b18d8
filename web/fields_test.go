package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

// TestNoFormTakesMoreThanItHas asks every route with fields of the record that
// no form has. Nothing changes, not even what the form does have.
func TestNoFormTakesMoreThanItHas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, visitor := w.SignedIn(w.owner), w.Visitor()
		csrf, before := v.CSRF(), len(everything(t, st))
		for _, route := range web.Routes() {
			if route.Method != http.MethodPost {
				continue
			}
			for _, field := range []string{"created_by", "revoked_at", "hash", "repository_id", "role", "Name", ""} {
				who, values := v, url.Values{"csrf": {csrf}, "name": {"renamed"}, "confirm": {w.token.Name}, "reason": {"x"}, field: {"1"}}
				if route.Public {
					who, values["csrf"] = visitor, []string{visitor.CSRF()}
				}
				a := who.Post(w.path(route), values, webtest.Header("X-CSRF-Token", values.Get("csrf")))
				if a.Status != http.StatusUnprocessableEntity {
					t.Errorf("%s with %q gives %d; say in fields what its form has", route.Path, field, a.Status)
				}
			}
		}
		if after := len(everything(t, st)); after != before {
			t.Errorf("%d events were recorded", after-before)
		}
		if token, err := st.FindToken(t.Context(), "", w.token.GUID); err != nil || token.Version != 1 || token.Name != w.token.Name {
			t.Errorf("the token is %+v, %v", token, err)
		}
	})
}

func everything(t *testing.T, st *store.Store) []console.AuditEvent {
	t.Helper()
	page, err := st.ListAuditEvents(t.Context(), console.AuditFilter{}, console.PageRequest{Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}
