"""Who is acting, what their roles permit and which records they may see."""
