package main

import "github.com/spf13/cobra"

// addCommands adds every command that a person may type, in groups.
func (a *app) addCommands(root *cobra.Command, manual *page) {
	groups := []struct {
		group    cobra.Group
		commands []*cobra.Command
	}{
		{cobra.Group{ID: "setup", Title: "Set up:"}, []*cobra.Command{
			hasEffect(a.configureCommand()), hasEffect(a.unconfigureCommand()), a.sourceCommand(),
		}},
		{cobra.Group{ID: "look", Title: "Inspect and clean up:"}, []*cobra.Command{
			hasEffect(a.doctorCommand()), a.statusCommand(), hasEffect(a.purgeCommand()), a.versionCommand(), a.demoCommand(),
		}},
		{cobra.Group{ID: "run", Title: "Run programs as the account:"}, []*cobra.Command{
			a.execCommand(), a.serveCommand(),
		}},
		{cobra.Group{ID: "make", Title: "Make tokens and signatures:"}, []*cobra.Command{
			a.tokenCommand(), a.idTokenCommand(), a.signBlobCommand(), a.signJWTCommand(), a.goauthCommand(),
		}},
	}
	for _, g := range groups {
		root.AddGroup(&g.group)
		for _, c := range g.commands {
			c.GroupID = g.group.ID
			root.AddCommand(c)
		}
	}
	root.AddCommand(a.completionCommand(), a.manualCommand())
	root.SetHelpCommand(a.helpCommand(manual))
	root.InitDefaultHelpCmd()
}
