package web_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
)

// TestAPolicyAsksForOneIPFilter: the form offers the filters and keeps the one that
// is asked for.
func TestAPolicyAsksForOneIPFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		filter := w.IPFilter("bastion", "allow 10.0.0.0/8")
		v := w.SignedIn(w.owner)
		form := v.Get(views.PolicyEditPath(console.TypeSystem)).Want(http.StatusOK).Form("#policy-form")
		if form.Values.Get("ip_filter") != "" {
			t.Errorf("it begins with %v", form.Values)
		}
		form.Values.Set("ip_filter", string(console.NewGUID()))
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-ip-filter-err") != "There is no such IP filter." {
			t.Errorf("an unknown filter: %s", a.Text("#policy-form"))
		}
		form.Values.Set("ip_filter", string(filter.GUID))
		v.Submit(form).Want(http.StatusSeeOther)
		if list := v.Get(views.PoliciesPath()); !strings.Contains(list.Text("#policy-system"), "Required: bastion") {
			t.Errorf("the list says %s", list.Text("#policy-system"))
		}
		again := v.Get(views.PolicyEditPath(console.TypeSystem)).Form("#policy-form")
		if again.Values.Get("ip_filter") != string(filter.GUID) {
			t.Errorf("the form forgot the filter: %v", again.Values)
		}
		again.Values.Set("ip_filter", views.AnyIPFilter)
		v.Submit(again).Want(http.StatusSeeOther)
		policies, err := w.Service.Policies(t.Context())
		if p := policies.Of(console.TypeSystem); err != nil || !p.IPFilterRequired || p.IPFilter.GUID != "" {
			t.Errorf("any filter: %+v, %v", p, err)
		}
	})
}
