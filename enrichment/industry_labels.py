"""Labels that company directories use, by our industry. Data, one line a group; folded to words without punctuation.

What names an audience, a business model or a cause only ("b2b", "consumer", "subscriptions", "kids", "climate") isn't
here: it would be a guess. Fortune's industries follow Fortune's own sectors. In a directory of start-ups the name of a
business function ("recruiting", "payroll") means software for it.
"""

from collections.abc import Mapping

_LABELS: Mapping[str, str] = {
    "software": """
        saas | artificial intelligence | ai | developer tools | generative ai | machine learning | analytics | productivity
        security | cybersecurity | documents | aiops | robotic process automation | open source | devsecops | devops | computer vision
        deep learning | nlp | design tools | sales | sales enablement | marketing | collaboration | team collaboration
        human resources | hr tech | recruiting | scheduling | cloud computing | cloud workload protection | api | apis | email
        compliance | data engineering | data science | big data | data visualization | privacy | identity | biometrics
        workflow automation | automation | crm | customer service | customer success | chatbot | conversational ai
        reinforcement learning | augmented reality | virtual reality | ar | metaverse | computer software | computer software and services
        information technology services | information technology | kubernetes | no code | payroll | search | calendar
        enterprise software | notifications | ai assistant | personalization | legaltech | finops | quantum computing
        speech recognition | monitoring | databases | indoor mapping | web development | software | govtech software
    """,
    "hardware": """
        hardware | hard tech | robotics | iot | drones | semiconductors and other electronic components | semiconductors
        computers office equipment | network and other communications equipment | electronics | electronics electrical equip
        smart home assistants | smart clothing | wearables | food service robots machines | edge computing semiconductors | computational storage | sensors
        scientific photographic and control equipment | wholesalers electronics and office equipment | 3d printing | microfluidics | consumer electronics
    """,
    "internet": """
        marketplace | social | social media | social network | community | messaging | dating | internet services and retailing
        crowdsourcing | web3 | crypto web3 | creator economy | internet
    """,
    "financial_services": """
        fintech | banking as a service | payments | defi | finance | investing | commercial banks | diversified financials
        financial data services | securities | neobank | crowdfunding | blockchain | lending | banking | crypto | cryptocurrency
        wealth management | savings institutions
    """,
    "insurance": """
        insurance | insurtech | health insurance | insurance property and casualty stock | insurance property and casualty mutual
        insurance life health stock | insurance life health mutual | insurance life and health mutual | insurance life and health stock
    """,
    "healthcare": """
        health tech | consumer health services | mental health tech | mental health | healthcare | health care | medical devices
        digital health | telehealth | telemedicine | fertility tech | women s health | womens health | sleep tech | health wellness
        fitness | anti aging | vr health | assistive tech | health care medical facilities | neurotechnology
        health care insurance and managed care | health care pharmacy and other services | medical products and equipment
        wholesalers health care
    """,
    "pharma": """
        biotech | ai powered drug discovery | drug discovery | pharmaceuticals | gene therapy | synthetic biology | genomics
        diagnostics | oncology | therapeutics | cell therapy | crispr | nanomedicine | psychedelics | bioinformatics
    """,
    "education": "education | edtech | elearning | ai enhanced learning | online education",
    "retail": """
        e commerce | ecommerce | retail | retail tech | grocery | specialty retailers other | specialty retailers apparel
        general merchandisers | food and drug stores | cashierless checkout | auto commerce | automotive retailing services
    """,
    "consumer_goods": """
        household and personal products | apparel | fashion | sustainable fashion | beauty | furniture
        home equipment furnishings | toys sporting goods | textiles | consumer products
    """,
    "manufacturing": """
        manufacturing | industrial machinery | chemicals | metals | packaging containers | construction and farm machinery
        building materials glass | forest and paper products | advanced materials | nanotechnology | bioplastic
        transportation equipment
    """,
    "automotive": "automotive | motor vehicles and parts | electric vehicles | autonomous vehicles | self driving vehicles",
    "aerospace_defense": """
        aerospace | aerospace and defense | space exploration | commercial space launch | satellites | airplanes | air taxis
    """,
    "energy": """
        energy | carbon capture and removal | solar power | energy storage | petroleum refining
        mining crude oil production | pipelines | oil and gas equipment services | alternative battery tech | hydrogen energy
        fusion energy | small modular reactors | renewable energy | cleantech
    """,
    "utilities": "utilities gas and electric | utilities | waste management",
    "telecommunications": "telecommunications | telecom",
    "media": """
        video | gaming | entertainment | advertising | advertising marketing | media | music | podcasts | cloud gaming
        publishing printing | sports tech | publishing | news | ticketing
    """,
    "real_estate": "real estate | proptech | housing",
    "construction": "construction | engineering construction | homebuilders",
    "transportation": """
        logistics | delivery | transportation | transportation and logistics | autonomous trucking | autonomous delivery
        warehouse management tech | digital freight brokerage | airlines | railroads | trucking truck leasing | supply chain
        mail package and freight delivery | mobility | navigation | shipping
    """,
    "hospitality": "travel | hotels casinos resorts | restaurant tech | hospitality",
    "food_beverage": """
        food tech | food beverage | food consumer products | food production | food services | beverages | tobacco | cannabis
        ghost kitchens | cellular agriculture | clean meat | cultured meat | plant based meat | 3d printed foods | wholesalers food and grocery
    """,
    "agriculture": "agriculture | vertical farming | agtech",
    "professional_services": """
        diversified outsourcing services | temporary help | consulting | equipment leasing | professional services
    """,
    "public_sector": "govtech | civic tech | election tech | government",
    "nonprofit": "nonprofit | non profit",
    "other": "miscellaneous | wholesalers diversified",
}

INDUSTRY_BY_LABEL: Mapping[str, str] = {
    label.strip(): industry
    for industry, lines in _LABELS.items()
    for line in lines.strip().splitlines()
    for label in line.split("|")
    if label.strip()
}
