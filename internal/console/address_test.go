package console_test

import (
	"testing"

	"latchkey/internal/console"
)

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4%eth0": "2001:db8:1:2::/64", "unknown": "unknown",
	} {
		if got := console.Network(address); got != want {
			t.Errorf("%s counts for %s, want %s", address, got, want)
		}
	}
}
