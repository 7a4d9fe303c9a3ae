"""Single sign-on: people sign in with the account that their school's provider knows (OpenID Connect)."""
