//go:build e2e

package e2e

import "testing"

// TestEnterSaves in a form in which another button comes first.
func TestEnterSaves(t *testing.T) {
	p, _ := signedIn(t)
	p.Open("/repositories/new")
	p.Fill("#f-name", "web-logs")
	p.Press("Enter")
	p.WantURL("/repositories/web-logs")
	p.JavaScript(false)
	p.Open("/tokens/new")
	p.Fill("#f-name", "ci")
	p.Press("Enter")
	p.WaitFor("[aria-invalid=true]")
}
