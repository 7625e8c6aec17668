"""Who did what, when and from where: every call that changes something, or was refused for want of rights."""
