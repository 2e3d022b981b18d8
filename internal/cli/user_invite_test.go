package cli

import (
	"strings"
	"testing"

	"latchkey/internal/console"
)

// TestALinkThatOpensHereOnly says so, beside the link.
func TestALinkThatOpensHereOnly(t *testing.T) {
	m := blank(t)
	for address, here := range map[string]bool{"127.0.0.1:8080": true, ":8080": true, "192.0.2.1:8080": false} {
		m.env["LATCHKEY_LISTEN"] = address
		o := m.run("user", "invite", "--email", string(console.NewGUID())+"@example.com", "--role", "auditor")
		if o.code != 0 || strings.Contains(o.stderr, "LATCHKEY_PUBLIC_URL") != here {
			t.Errorf("at %s it says %s", address, o.stderr)
		}
	}
	m.env["LATCHKEY_PUBLIC_URL"] = "https://console.example.com"
	if o := m.run("user", "invite", "--email", "q@example.com", "--role", "auditor"); strings.Contains(o.stderr, "LATCHKEY_PUBLIC_URL") {
		t.Errorf("with a public URL it says %s", o.stderr)
	}
}
