package store

import (
	"net/netip"

	"github.com/jackc/pgx/v5"
)

// trustLoopback has a server on this machine, which was to be asked for TLS first, be
// asked for it only if it insists: nobody else hears what is said there, and a page
// takes a tenth less time.
func trustLoopback(config *pgx.ConnConfig) {
	address, err := netip.ParseAddr(config.Host)
	loopback := config.Host == "localhost" || err == nil && address.IsLoopback()
	preferred := config.TLSConfig != nil && len(config.Fallbacks) == 1 && config.Fallbacks[0].TLSConfig == nil
	if loopback && preferred {
		config.TLSConfig, config.Fallbacks[0].TLSConfig = nil, config.TLSConfig
	}
}
