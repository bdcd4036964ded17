// The client of step-ca, which needs older modules than the other programs.
module pinsmith.test/step

go 1.26

require github.com/smallstep/cli v0.21.0
