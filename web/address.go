package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

const (
	forwardedHops  = 5
	forwardedBytes = 4 << 10
)

// ClientAddress returns how to tell from which address a request comes: the
// TCP peer, unless that is a proxy to believe; then the rightmost hop of
// X-Forwarded-For that is not. No other header counts. Where a proxy does not
// say it plainly the address is unknown: the zero address.
func ClientAddress(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr {
		peer, ok := parseHop(peerOf(r))
		if !ok {
			return netip.Addr{}
		}
		if !within(trusted, peer) {
			return peer
		}
		client, _ := lastUntrusted(trusted, r.Header.Values(echo.HeaderXForwardedFor))
		return client
	}
}

// answerable returns how to tell who answers for a request, for the log and
// for slowing down who asks too often: the client, or the peer where the client
// is unknown.
func answerable(client func(*http.Request) netip.Addr) echo.IPExtractor {
	return func(r *http.Request) string {
		if addr := client(r); addr.IsValid() {
			return addr.String()
		}
		peer := peerOf(r)
		if addr, ok := parseHop(peer); ok {
			return addr.String()
		}
		return peer
	}
}

// peerOf is the other end of the connection, without its port.
func peerOf(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer
}

// lastUntrusted is the first hop from the right that is no proxy of ours, if
// all up to there can be read and there are no more than may be.
func lastUntrusted(trusted []netip.Prefix, headers []string) (netip.Addr, bool) {
	joined := strings.Join(headers, ",")
	if len(joined) > forwardedBytes {
		return netip.Addr{}, false
	}
	hops := strings.Split(joined, ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-forwardedHops); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			return netip.Addr{}, false
		}
		if !within(trusted, hop) {
			return hop, true
		}
	}
	return netip.Addr{}, false
}

func parseHop(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return console.PlainAddr(addr), err == nil
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
