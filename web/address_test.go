package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddressCannotBeClaimed(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		trusted    []netip.Prefix
		want       string
	}{
		{"nobody is believed by default", "203.0.113.9:1234", []string{"1.2.3.4"}, nil, "203.0.113.9"},
		{"not even the loopback", "127.0.0.1:1234", []string{"1.2.3.4"}, nil, "127.0.0.1"},
		{"a stranger is not believed", "203.0.113.9:1", []string{"1.2.3.4"}, proxies, "203.0.113.9"},
		{"a proxy is", "10.1.1.1:1", []string{"203.0.113.9"}, proxies, "203.0.113.9"},
		{"but only its own word", "10.1.1.1:1", []string{"1.2.3.4, 203.0.113.9"}, proxies, "203.0.113.9"},
		{"also over several lines", "10.1.1.1:1", []string{"1.2.3.4", "203.0.113.9, 10.2.2.2"}, proxies, "203.0.113.9"},
		{"an address in another spelling", "[::ffff:10.1.1.1]:1", []string{"::ffff:203.0.113.9"}, proxies, "203.0.113.9"},
		{"a zone does not hide a proxy", "[fd00::1%eth0]:1", []string{"203.0.113.9"}, proxies, "203.0.113.9"},
		{"junk leaves the proxy", "10.1.1.1:1", []string{"203.0.113.9, unknown"}, proxies, "10.1.1.1"},
		{"an octal address is junk", "10.1.1.1:1", []string{"010.0.0.1"}, proxies, "10.1.1.1"},
		{"a port is junk", "10.1.1.1:1", []string{"203.0.113.9:80"}, proxies, "10.1.1.1"},
		{"no header leaves the proxy", "10.1.1.1:1", nil, proxies, "10.1.1.1"},
		{"only proxies leave the proxy", "10.1.1.1:1", []string{"10.2.2.2, 10.3.3.3"}, proxies, "10.1.1.1"},
		{"too many hops", "10.1.1.1:1", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", forwardedHops)}, proxies, "10.1.1.1"},
		{"as many hops as allowed", "10.1.1.1:1", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", forwardedHops-1)}, proxies, "203.0.113.9"},
		{"a header that is too long", "10.1.1.1:1", []string{strings.Repeat(" ", forwardedBytes) + "203.0.113.9"}, proxies, "10.1.1.1"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.forwarded, "X-Real-Ip": {"9.9.9.9"}, "Forwarded": {"for=9.9.9.9"}}}
		if got := clientAddress(test.trusted)(r); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("10.1.1.1:1", "1.2.3.4, 203.0.113.9")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		clientAddress([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})(r)
	})
}
