package web

import (
	"cmp"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"latchkey/internal/console"
)

func TestClientAddressCannotBeClaimed(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		trusted    []netip.Prefix
		// want is empty for an unknown address, for which the peer answers.
		want, answers string
	}{
		{"nobody is believed by default", "203.0.113.9:1234", []string{"1.2.3.4"}, nil, "203.0.113.9", ""},
		{"not even the loopback", "127.0.0.1:1234", []string{"1.2.3.4"}, nil, "127.0.0.1", ""},
		{"nor a private net", "192.168.0.1:1234", []string{"1.2.3.4"}, proxies, "192.168.0.1", ""},
		{"a stranger is not believed", "203.0.113.9:1", []string{"1.2.3.4"}, proxies, "203.0.113.9", ""},
		{"a stranger's junk does not matter", "203.0.113.9:1", []string{"junk"}, proxies, "203.0.113.9", ""},
		{"a proxy is", "10.1.1.1:1", []string{"203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"but only its own word", "10.1.1.1:1", []string{"1.2.3.4, 203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"junk before its word does not matter", "10.1.1.1:1", []string{"unknown, 203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"also over several lines", "10.1.1.1:1", []string{"1.2.3.4", "203.0.113.9, 10.2.2.2"}, proxies, "203.0.113.9", ""},
		{"a line of its own does not help", "10.1.1.1:1", []string{"203.0.113.9", "1.2.3.4"}, proxies, "1.2.3.4", ""},
		{"an address in another spelling", "[::ffff:10.1.1.1]:1", []string{"::ffff:203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"a proxy in another spelling on the way", "10.1.1.1:1", []string{"203.0.113.9, ::ffff:10.9.9.9"}, proxies, "203.0.113.9", ""},
		{"a zone does not hide a proxy", "[fd00::1%eth0]:1", []string{"203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"a zone is no part of a client", "10.1.1.1:1", []string{"fe80::7%eth0"}, proxies, "fe80::7", ""},
		{"IPv4 inside of 6to4 stays IPv6", "10.1.1.1:1", []string{"2002:0a01:0101::1"}, proxies, "2002:a01:101::1", ""},
		{"and inside of NAT64", "10.1.1.1:1", []string{"64:ff9b::10.1.1.1"}, proxies, "64:ff9b::a01:101", ""},
		{"junk", "10.1.1.1:1", []string{"203.0.113.9, unknown"}, proxies, "", "10.1.1.1"},
		{"an empty hop", "10.1.1.1:1", []string{"203.0.113.9,"}, proxies, "", "10.1.1.1"},
		{"an octal address", "10.1.1.1:1", []string{"010.0.0.1"}, proxies, "", "10.1.1.1"},
		{"a short address", "10.1.1.1:1", []string{"10.1"}, proxies, "", "10.1.1.1"},
		{"a hexadecimal address", "10.1.1.1:1", []string{"0x0a000001"}, proxies, "", "10.1.1.1"},
		{"a trailing dot", "10.1.1.1:1", []string{"203.0.113.9."}, proxies, "", "10.1.1.1"},
		{"a port", "10.1.1.1:1", []string{"203.0.113.9:80"}, proxies, "", "10.1.1.1"},
		{"brackets", "10.1.1.1:1", []string{"[2001:db8::1]"}, proxies, "", "10.1.1.1"},
		{"a quoted address", "10.1.1.1:1", []string{`"203.0.113.9"`}, proxies, "", "10.1.1.1"},
		{"no header", "10.1.1.1:1", nil, proxies, "", "10.1.1.1"},
		{"an empty header", "10.1.1.1:1", []string{""}, proxies, "", "10.1.1.1"},
		{"only proxies", "10.1.1.1:1", []string{"10.2.2.2, 10.3.3.3"}, proxies, "", "10.1.1.1"},
		{"too many hops", "10.1.1.1:1", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", console.HopLimit)}, proxies, "", "10.1.1.1"},
		{"as many hops as allowed", "10.1.1.1:1", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", console.HopLimit-1)}, proxies, "203.0.113.9", ""},
		{"hops before the client are not counted", "10.1.1.1:1", []string{strings.Repeat("1.2.3.4, ", 99) + "203.0.113.9"}, proxies, "203.0.113.9", ""},
		{"a header that is too long", "10.1.1.1:1", []string{strings.Repeat(" ", console.HopsByteLimit) + "203.0.113.9"}, proxies, "", "10.1.1.1"},
		{"lines that are too long together", "10.1.1.1:1", []string{strings.Repeat(" ", console.HopsByteLimit/2), strings.Repeat(" ", console.HopsByteLimit/2) + "203.0.113.9"}, proxies, "", "10.1.1.1"},
		{"a peer without an address", "@", []string{"203.0.113.9"}, proxies, "", "@"},
		{"a peer without a port", "203.0.113.9", []string{"1.2.3.4"}, proxies, "203.0.113.9", ""},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{
			"X-Forwarded-For": test.forwarded, "X-Real-Ip": {"9.9.9.9"}, "Forwarded": {"for=9.9.9.9"}, "Cf-Connecting-Ip": {"9.9.9.9"},
		}}
		client := ClientAddress(test.trusted)
		want := netip.Addr{}
		if test.want != "" {
			want = netip.MustParseAddr(test.want)
		}
		if got := client(r); got != want {
			t.Errorf("%s: %s, want %s", test.name, got, want)
		}
		if got := answerable(client)(r); got != cmp.Or(test.answers, test.want) {
			t.Errorf("%s: %s answers, want %s", test.name, got, cmp.Or(test.answers, test.want))
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("10.1.1.1:1", "1.2.3.4, 203.0.113.9")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		client := ClientAddress(trusted)
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		addr := client(r)
		if addr.Is4In6() || addr.Zone() != "" || console.Within(trusted, addr) && addr.IsValid() {
			t.Errorf("the client of %q, %q is %s", peer, forwarded, addr)
		}
		answerable(client)(r)
	})
}
