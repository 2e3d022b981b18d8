package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	forwardedHops  = 5
	forwardedBytes = 4 << 10
)

// clientAddress returns how to tell whose request it is: the TCP peer, unless
// that is a proxy to believe; then the rightmost hop of X-Forwarded-For that is
// not. Where that cannot be told, the peer answers for the request.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	return func(r *http.Request) string {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			peer = r.RemoteAddr
		}
		addr, ok := parseHop(peer)
		if !ok {
			return peer
		}
		if within(trusted, addr) {
			if hop, ok := lastUntrusted(trusted, r.Header.Values(echo.HeaderXForwardedFor)); ok {
				return hop.String()
			}
		}
		return addr.String()
	}
}

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
	return addr.Unmap().WithZone(""), err == nil
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
