package web

// Route is a line of the site map, for tests that must not miss one.
type Route struct {
	Method, Path string
	Public       bool
}

// Routes is the site map.
func Routes() []Route {
	var all []Route
	for _, r := range routes() {
		all = append(all, Route{r.method, r.path, r.public})
	}
	return all
}

// BaseURL is where services reach the console.
func (s *Server) BaseURL() string { return s.baseURL() }
