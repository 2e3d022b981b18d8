package gate

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/views"
)

// TestConfigurationsFitTheGate: what the console shows is what is answered here.
func TestConfigurationsFitTheGate(t *testing.T) {
	var shown, names []string
	for _, header := range views.IdentityHeaders {
		names = append(names, header.Name)
	}
	if !slices.Equal(names, identityHeaders) {
		t.Errorf("the console tells of %v", names)
	}
	for _, gateway := range views.Gateways {
		shown = append(shown, gateway.Name)
		for _, test := range []struct {
			c    views.Connection
			want console.Requirement
		}{
			{views.Connection{}, console.Requirement{}},
			{views.Connection{Repository: "web-logs"}, console.Requirement{Repository: "web-logs"}},
			{views.Connection{Scopes: []string{"billing:read", "ReadAccess"}}, console.Requirement{Scopes: []string{"billing:read", "ReadAccess"}}},
			{views.Connection{Repository: "métriques-日本", Scopes: []string{"latchkey:introspect"}}, console.Requirement{Repository: "métriques-日本", Scopes: []string{"latchkey:introspect"}}},
		} {
			r := httptest.NewRequest("GET", test.c.Path(gateway.Name), nil)
			forwarding(gateway.Name)(r)
			need, err := readForward(r)
			if diff := cmp.Diff([]string{test.want.Repository, strings.Join(test.want.Scopes, ",")}, []string{need.Repository, strings.Join(need.Scopes, ",")}); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", test.c.Path(gateway.Name), err, diff)
			}
		}
	}
	slices.Sort(shown)
	if diff := cmp.Diff(kinds(), shown); diff != "" {
		t.Errorf("gateways:\n%s", diff)
	}
}
