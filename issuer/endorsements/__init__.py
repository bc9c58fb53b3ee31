"""Endorsements: a partner's signed word for a training. An opinion, shown apart, and never counted as accreditation."""
