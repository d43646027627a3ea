"""What leaves this machine. There is no cloud tier yet: nothing does, and that is enforced here."""
