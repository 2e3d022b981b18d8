// Package cores is how many cores this process may use, and who shares them.
package cores

import (
	"os"
	"runtime"
)

var count = runtime.GOMAXPROCS(0)

// Count is how many cores this process may keep busy.
func Count() int { return count }

// threadsPerCore is how many threads there are for each core.
const threadsPerCore = 6

// Share leaves it to the system who works while more is to do than the cores can:
// there are threads to spare, so that a short answer is not behind long ones in a
// line of Go's own, of which each takes its 10 ms. The variable GOMAXPROCS wins.
func Share() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCore * count)
	}
}
