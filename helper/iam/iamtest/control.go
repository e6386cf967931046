package iamtest

import (
	"encoding/json"
	"net/http"
	"time"
)

// control lets a test look into a Server in another process, or that another
// process uses:
//
//	GET  /_test/calls[?method=M]   the log as a JSON array
//	POST /_test/reset              ResetCalls
//	POST /_test/fail               Fail, the body is one Fault in JSON
//	POST /_test/clear              ClearFaults
//	POST /_test/skew?by=1h         SetSkew
func (s *Server) control(r *http.Request, body []byte) reply {
	what := r.URL.Path[len("/_test/"):]
	if what == "calls" && r.Method == http.MethodGet {
		return reply{status: 200, kind: "application/json", raw: []byte(mustJSON(s.Log(r.URL.Query()["method"]...)))}
	}
	if r.Method != http.MethodPost {
		return notFoundPage(r.URL.Path)
	}
	switch what {
	case "reset":
		s.ResetCalls()
	case "clear":
		s.ClearFaults()
	case "fail":
		var f Fault
		if err := json.Unmarshal(body, &f); err != nil {
			return text(400, err.Error()+"\n")
		}
		s.Fail(f)
	case "skew":
		d, err := time.ParseDuration(r.URL.Query().Get("by"))
		if err != nil {
			return text(400, err.Error()+"\n")
		}
		s.SetSkew(d)
	default:
		return notFoundPage(r.URL.Path)
	}
	return text(200, "ok\n")
}
